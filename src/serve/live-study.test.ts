import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runScripted, writeScriptedStudy } from '../../test/rig/scripted-study.ts'
import type { Plan } from '../study/plan/plan.ts'
import { takeStock } from '../study/run/damage.ts'
import { Store } from '../study/store/store.ts'
import { LiveStudy } from './live-study.ts'

let folder: string
let plan: Plan
let store: Store
let live: LiveStudy
/** A finished study, sealed as a run seals it. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-live-study-'))
  const study = writeScriptedStudy(folder, 'chains: [base -> x, base -> y]\nseeds: [1]', { rows: 5 })
  const run = await runScripted(study, { right: () => 0.5 })
  plan = run.plan
  takeStock(plan, run.store, () => {})
  store = new Store(run.store.folder)
  live = new LiveStudy(plan, store, {
    jobs: async () => ({ jobs: new Map() }),
    notes: () => [],
    targetOf: async () => undefined,
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const folderOf = (label: string): string => {
  const step = [...plan.steps.values()].find((one) => one.label === label)!
  return store.folderOf(step.kind, step.key)
}
const counts = async (): Promise<number[]> => {
  const { finished, damaged, failed, waiting, all } = await live.status()
  return [finished, damaged.length, failed.length, waiting.count, all]
}

it('LiveStudy tells what is damaged, removed and lost after it was seen finished, and what is mended', async () => {
  expect(await counts()).toEqual([6, 0, 0, 0, 6])
  const { sample, models } = await live.status()
  expect(models).toHaveLength(2)
  const scores = join(folderOf(`evaluate ${sample!.label}`), 'scores.json')
  const written = readFileSync(scores)
  appendFileSync(scores, ' ')
  const damaged = await live.status()
  expect(damaged.damaged).toEqual([
    {
      label: `evaluate ${sample!.label}`,
      reason: expect.stringMatching(/^its files are damaged \(scores\.json has \d+ bytes/u),
    },
  ])
  expect(damaged.sample!.label).not.toBe(sample!.label)
  renameSync(folderOf('teach base -> x, seed 1'), join(folder, 'elsewhere'))
  expect(await counts()).toEqual([4, 1, 0, 1, 6])
  expect((await live.status()).models).toHaveLength(1)
  writeFileSync(`${folderOf('teach base -> x, seed 1')}.failed.json`, '{"reason":"no room","time":""}')
  expect(await counts()).toEqual([4, 1, 1, 0, 6])
  renameSync(join(folder, 'elsewhere'), folderOf('teach base -> x, seed 1'))
  expect(await counts()).toEqual([5, 1, 0, 0, 6])
  renameSync(store.folder, join(folder, 'moved'))
  expect(await counts()).toEqual([0, 0, 0, 6, 6])
  expect((await live.status()).sample).toBeUndefined()
  renameSync(join(folder, 'moved'), store.folder)
  expect(await counts()).toEqual([5, 1, 0, 0, 6])
  writeFileSync(scores, written)
  expect(await counts()).toEqual([6, 0, 0, 0, 6])
})

it('LiveStudy tells steps that need what has failed apart from those that come next', async () => {
  const [lesson, test] = ['teach base -> x, seed 1', 'evaluate base -> x, seed 1 on x'].map(folderOf) as [
    string,
    string,
  ]
  for (const one of [lesson, test]) renameSync(one, join(folder, basename(one)))
  const [evaluation] = [...plan.steps.values()].filter(({ label }) => label.startsWith('evaluate base -> x'))
  expect((await live.status()).waiting).toMatchObject({ count: 2, stuck: 0 })
  writeFileSync(`${lesson}.failed.json`, '{"reason":"no room","time":""}')
  expect((await live.status()).waiting).toEqual({ labels: [], count: 0, stuck: 1 })
  renameSync(join(folder, basename(lesson)), lesson)
  expect((await live.status()).waiting).toEqual({ labels: [evaluation!.label], count: 1, stuck: 0 })
})
