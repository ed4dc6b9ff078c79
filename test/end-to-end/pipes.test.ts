import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const fixtures = join(root, 'test/fixtures/data')
// As a user runs it; `npm test` builds it before.
const command = [join(root, 'dist/cli/main.js'), 'rows']

// Copies of pipes are made here, so that what is left can be seen.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-pipes-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, TMPDIR: folder, NO_COLOR: '1' })

function inShell(script: string): Promise<{ stdout: string; stderr: string }> {
  const words = command.map((word) => `'${word}'`).join(' ')
  return promisify(execFile)('bash', ['-c', `rows() { '${process.execPath}' ${words} "$@"; }; ${script}`], {
    env: environment(),
  })
}

const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as unknown[]
const parsed = (lines: string): unknown[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('reteach rows reads pipes', () => {
  test('and calls them as they were given', async () => {
    await expect(inShell(`printf 'a,b\\n1,2\\n1,2,3\\n' | rows - --format csv --json`)).rejects.toThrow(
      'Cannot read row 2 of "standard input" (line 3)',
    )
    const { stderr } = await inShell(`printf 'good,1\\nbad,0\\nfine,1\\n' | rows - --json`)
    expect(stderr).toMatch(/^Note: Took the first row of "standard input" for data/u)
  })

  test('of any format, as standard input and by a path', async () => {
    const { stdout } = await inShell(
      `cat '${fixtures}/zstd.parquet' | rows - --json; cat '${fixtures}/rows.jsonl.gz' | rows /dev/stdin --json`,
    )
    expect(parsed(stdout)).toEqual([...expected, ...expected])
    const two = await inShell(`rows <(head -1 '${fixtures}/rows.jsonl') <(tail -1 '${fixtures}/rows.jsonl') --json`)
    expect(parsed(two.stdout)).toEqual([expected[0], expected.at(-1)])
    expect(readdirSync(folder)).toEqual([])
  })

  test('and leaves nothing when it is stopped', async () => {
    const child = spawn(process.execPath, [...command, '-'], {
      env: environment(),
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const ended = once(child, 'exit')
    child.stdin.on('error', () => {})
    child.stdin.write('{"a": 1}\n')
    await expect.poll(() => readdirSync(folder), { timeout: 30_000 }).toHaveLength(1)
    child.kill('SIGINT')
    expect(await ended).toEqual([null, 'SIGINT'])
    expect(readdirSync(folder)).toEqual([])
  })

  test('and leaves nothing when its reader has seen enough', async () => {
    const rows = 'seq 200000 | sed s/.*/{\\"a\\":\\ \\&}/'
    const { stdout } = await inShell(`${rows} | rows - --json | head -2`)
    expect(parsed(stdout)).toEqual([{ a: 1 }, { a: 2 }])
    await expect.poll(() => readdirSync(folder), { timeout: 30_000 }).toEqual([])
  })

  test('and no device', async () => {
    await expect(inShell(`rows /dev/zero`)).rejects.toThrow(
      'Cannot read "/dev/zero" as it is a pipe or a device: write what it gives to a file',
    )
  })
})
