import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliResult, runCli } from '../rig/cli.ts'
import { childrenOf, isAlive } from '../rig/processes.ts'
import { fixture, writeStudyFolder } from '../rig/study-folder.ts'

/** Two seconds, and as many for a machine that has more to do than it can. */
const longest = 4
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-orphans-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Kills a command, and nothing else, once it is ready. @returns how long its children lived on */
async function orphanSeconds(args: readonly string[], isReady: (child: ChildProcess) => boolean): Promise<number> {
  let children: number[] = []
  await runCli(args, {
    cwd: folder,
    whileRunning(child) {
      if (children.length > 0 || child.pid === undefined || !isReady(child)) return
      children = childrenOf(child.pid)
      if (children.length > 0) child.kill('SIGKILL')
    },
  })
  expect(children).toHaveLength(1)
  const begun = performance.now()
  while (children.some(isAlive) && performance.now() - begun < 20_000) await setTimeout(20)
  return (performance.now() - begun) / 1000
}

describe.skipIf(process.platform !== 'linux')('a child whose parent was killed', () => {
  it('ends soon, also inside one long run of the engine', async () => {
    const text = 'the house by the river is small and red and green '
    const row = { source: text.repeat(150), target: text.repeat(60) }
    const data = join(folder, 'long.jsonl')
    writeFileSync(data, `${JSON.stringify(row)}\n`.repeat(16))
    const sizes = ['--batch', '16', '--max-source', '1500', '--max-target', '600']
    const args = ['loss', '--model', fixture('models/tiny-flan-t5'), '--data', data, ...sizes]
    const begun = performance.now()
    // By then it has read its model and is at its only batch.
    expect(await orphanSeconds(args, () => performance.now() - begun > 2500)).toBeLessThan(longest)
  })

  it('leaves the answers that it has given, and the next run goes on after them with the same answers', async () => {
    const slow = (text: string): string =>
      text
        .replace('train: 40, validation: 8, test: 12, seed: 1', 'train: 10, validation: 2, test: 48, seed: 1')
        .replace(
          'limits: { source: 32, target: 8 }',
          'limits: { source: 32, target: 8 }\n  generate: { batch: 1, min_new_tokens: 120, max_new_tokens: 120 }',
        )
        .replace(/chains:.*seeds/su, 'chains: [flan -> a2t]\nseeds')
    const study = writeStudyFolder(join(folder, 'study'), slow)
    const run = (store: string, whileRunning?: (child: ChildProcess) => void): Promise<CliResult> =>
      runCli(['run', study, '--store', join(folder, store), '--json', '--threads', '1'], {
        cwd: folder,
        ...(whileRunning === undefined ? {} : { whileRunning }),
      })
    expect((await run('whole')).code).toBe(0)
    const [key] = readdirSync(join(folder, 'whole/evaluate'))
    const kept = join(folder, `cut/evaluate/${key}.state/answers-0.kept`)
    const batches = (): number => (existsSync(kept) ? readFileSync(kept, 'utf8').split('\n').length - 2 : 0)
    const args = ['run', study, '--store', join(folder, 'cut'), '--json', '--threads', '1']
    expect(await orphanSeconds(args, () => batches() >= 4)).toBeLessThan(longest)
    const [first, ...lines] = readFileSync(kept, 'utf8').split('\n')
    // A torn line, a damaged one and one written twice are what crashes leave.
    writeFileSync(kept, [first, lines[0], lines[0], ...lines.slice(1, 3), lines[3]!.slice(0, 40)].join('\n'))
    let asked = false
    const interrupted = await run('cut', (child) => {
      if (asked || batches() < 9) return
      asked = child.kill('SIGINT')
    })
    expect(interrupted.code).toBe(130)
    expect(interrupted.err).toContain(
      'Stopped: finished steps are kept, and the next run goes on from what is saved of "eval',
    )
    const last = await run('cut')
    expect(last.code).toBe(0)
    const answers = (store: string): string =>
      readFileSync(join(folder, `${store}/evaluate/${key}/predictions.jsonl`), 'utf8')
    expect(answers('cut')).toBe(answers('whole'))
    expect(readdirSync(join(folder, 'cut/evaluate'))).toEqual([key])
  }, 240_000)
})
