import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LineMemory } from '../../src/content/line-memory.ts'
import { runStudy } from '../../src/execute/run-study.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import type { KnownStep } from '../../src/study/store/known-steps.ts'
import { Store } from '../../src/study/store/store.ts'
import { type CliResult, runCli } from '../rig/cli.ts'
import { fakeRunners, planFile, writeFakeStudy } from '../rig/fake-study.ts'

let folder: string
let study: string
let store: Store
let plan: Plan
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-ahead-'))
  study = writeFakeStudy(folder)
  plan = await planFile(study)
  store = new Store(join(folder, 'store'))
  await runStudy(plan, { store, runners: fakeRunners(), program: 'test' })
  store.saveKnown()
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const status = (): Promise<CliResult> =>
  runCli(['status', study, '--store', store.folder, '--json'], { cwd: folder, env: { NODE_DEBUG: 'worker' } })
const threads = ({ err }: CliResult): number => err.split('create new worker').length - 1

it('a thread finds of a large store what is found without one, and what has changed since', async () => {
  await status()
  const alone = await status()
  expect([alone.code, threads(alone)]).toEqual([0, 0])
  // Steps of other studies, whose files are gone.
  const others = new LineMemory<KnownStep>(store.knownStepsFile, () => true)
  const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, [1, 2, 3, 4, name.repeat(16)] as const]))
  for (let n = 0; n < 1500; n++) others.note(`teach/${n.toString(16).padStart(64, '0')}`, { seal: [1, 2, 3, 4], files })
  others.save()
  expect(statSync(store.knownStepsFile).size).toBeGreaterThan(2 ** 18)
  const ahead = await status()
  expect([ahead.code, threads(ahead), ahead.out]).toEqual([0, 1, alone.out])

  const [step] = [...plan.steps.values()].filter(({ kind }) => kind === 'evaluate')
  const answers = join(store.folderOf('evaluate', step!.key), 'predictions.jsonl')
  expect(existsSync(answers)).toBe(true)
  appendFileSync(answers, '{}\n')
  const damaged = await status()
  const states = (JSON.parse(damaged.out) as { steps: { key: string; state: string }[] }).steps
  expect([damaged.code, threads(damaged)]).toEqual([1, 1])
  expect(states.filter(({ state }) => state === 'damaged').map(({ key }) => key)).toEqual([step!.key])
})
