import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCli } from '../rig/cli.ts'
import { fixture } from '../rig/study-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-teach-'))
  const pair = (at: number): string => JSON.stringify({ source: `house ${at}`, target: 'red' })
  writeFileSync(join(folder, 'pairs.jsonl'), `${Array.from({ length: 12 }, (_, at) => pair(at)).join('\n')}\n`)
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const lesson = (out: string, steps = 200) =>
  runCli(
    [
      'teach',
      '--model',
      fixture('models/tiny-t5'),
      '--data',
      'pairs.jsonl',
      '--out',
      out,
      '--steps',
      String(steps),
    ].concat(['--learning-rate', '1e-3', '--batch', '4']),
    { cwd: folder },
  )

it('the same lesson twice at once is taught once, and the other says so', async () => {
  const done = (await Promise.all([lesson('taught'), lesson('taught')])).toSorted((a, b) => a.code! - b.code!)
  expect(done.map(({ code }) => code)).toEqual([0, 1])
  expect(done[1]!.err).toContain(
    `❌ Cannot teach into "${join(folder, 'taught')}" as it was written while this lesson waited: it holds what was taught there`,
  )
  expect(readdirSync(folder).toSorted()).toEqual(['pairs.jsonl', 'taught'])
  expect(readFileSync(join(folder, 'taught/log.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(200)
})

it('a taught model whose place was taken meanwhile is left beside it', async () => {
  const running = lesson('taught', 400)
  const until = Date.now() + 60_000
  while (!readdirSync(folder).some((name) => name.startsWith('taught.state-')) && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 20))
  // After the lesson's own look at its place, which comes with its first event.
  const state = readdirSync(folder).find((name) => name.startsWith('taught.state-'))!
  while (!hasLog(join(folder, state)) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
  mkdirSync(join(folder, 'taught'))
  writeFileSync(join(folder, 'taught/mine'), 'x')
  const { code, err } = await running
  expect(code).toBe(1)
  const beside = /it is in "([^"]+)"/u.exec(err)![1]!
  expect(err).toContain('as something was written there during the lesson')
  expect(readdirSync(beside)).toContain('model.safetensors')
  expect(readdirSync(join(folder, 'taught'))).toEqual(['mine'])
})

function hasLog(state: string): boolean {
  try {
    return readFileSync(join(state, 'log.jsonl')).length > 0
  } catch {
    return false
  }
}
