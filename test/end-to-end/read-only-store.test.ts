import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CliResult, runCli } from '../rig/cli.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

let folder: string
let study: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-read-only-'))
  study = writeStudyFolder(join(folder, 'study'), (text) =>
    text.replace(/chains:.*seeds/su, 'chains: [flan -> a2t]\nseeds'),
  )
  expect((await cli('run', study)).code).toBe(0)
}, 120_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const cli = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: folder })

/** Bound to itself, read-only; it needs the right to mount. */
function isReadOnlyNow(path: string): boolean {
  try {
    execFileSync('mount', ['--bind', path, path], { stdio: 'ignore' })
    execFileSync('mount', ['-o', 'remount,ro,bind', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

it('what was found is printed where a file of the report cannot be written, and the exit code says so', async () => {
  const [reports] = readdirSync(join(folder, 'study/.reteach/report'))
  const page = join(folder, 'study/.reteach/report', reports!, 'report.html')
  rmSync(page)
  mkdirSync(join(page, 'in the way'), { recursive: true })
  for (const command of ['run', 'report']) {
    const { code, out, err } = await cli(command, study)
    expect([command, code]).toEqual([command, 1])
    expect(out).toContain('Which start to take')
    expect(err).toContain(`report.html" as it is a folder`)
  }
  const { code, out } = await cli('report', study, '--json')
  expect([code, (JSON.parse(out) as { tables: unknown[] }).tables.length]).toEqual([1, 1])
  rmSync(page, { recursive: true })
  expect((await cli('report', study)).code).toBe(0)
})

it('a store that may only be read can be looked at', async (context) => {
  const store = join(folder, 'study/.reteach')
  // What would be kept is not there yet.
  for (const name of ['comparisons', 'leaks', 'known-steps.jsonl', 'input-hashes.json', 'last-inputs.json']) {
    rmSync(join(store, name), { recursive: true, force: true })
  }
  if (!isReadOnlyNow(store)) return context.skip()
  try {
    const commands = [
      ['status'],
      ['plan'],
      ['recommend', '--json'],
      ['figures', '--out', join(folder, 'figures')],
      ['models'],
    ]
    for (const [command, ...options] of commands) {
      const { code, err } = await cli(command!, study, ...options)
      expect(`${command} ${code} ${err}`).toMatch(new RegExp(`^${command} [01] (?!❌)`, 'u'))
      expect(err).not.toContain('❌')
    }
    expect((await cli('verify', 'store', study)).code).toBe(0)
    const run = await cli('run', study)
    expect(run.code).toBe(0)
    expect(run.out).toContain('Which start to take')
    expect(run.err).toContain('may only be read: tables and figures are not written anew')
    const more = writeStudyFolder(join(folder, 'more'))
    const refused = await cli('run', more, '--store', store)
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(
      /^❌ Cannot write to the store ".*", where \d of 10 steps .*: give another with --store/mu,
    )
  } finally {
    execFileSync('umount', [store])
  }
}, 120_000)

it('what is no place for a store or a result is refused at the beginning, in one sentence', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  for (const command of ['run', 'plan', 'status', 'recommend', 'figures']) {
    const { code, err } = await cli(command, study, '--store', file)
    expect([code, err]).toEqual([1, `❌ Cannot use "${file}" as a store as it is no folder: give another --store\n`])
  }
  const empty = await cli('figures', study, '--out', '')
  expect(empty.code).toBe(2)
  expect(empty.err).toContain("error: option '--out <dir>' has an empty text: name a place")
}, 60_000)
