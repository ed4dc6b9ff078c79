import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../test/rig/fake-study.ts'
import type { Store } from '../study/store/store.ts'
import { studyUsableModel } from './study-usable-model.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-usable-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A study whose reviews are divided once for each seed. */
async function divided(seeds: readonly number[]) {
  const text = fakeStudyText
    .replace('train: 12, validation: 4, test: 4', `$&, splits: ${seeds.length}`)
    .replace('seeds: [1]', `seeds: [${seeds}]`)
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
  return { plan, task: plan.study.tasks.get('res')! }
}

/** Where all is finished. */
const finished = {
  isDone: () => true,
  modelFolder: (key: string) => key,
  rowsFile: (key: string, part: string) => `${key}/${part}`,
  predictionsFile: (key: string) => key,
} as unknown as Store

it('a model of several divisions is at work on the rows of its own seed, and with its own answers', async () => {
  const { plan, task } = await divided([1, 2, 3])
  const chains = plan.chains.filter(({ chain }) => chain.label === 'base -> res')
  const used = chains.map(({ teach, evaluations }) => {
    const { calibration, answers } = studyUsableModel(plan, finished, teach.at(-1)!, task)
    if (calibration.kind !== 'rows') throw new Error('Cannot find the rows')
    const step = plan.steps.get(teach.at(-1)!)!
    return {
      isOwn: step.kind === 'teach' && step.data === calibration.about.data,
      rows: calibration.rows,
      hasOwnAnswers: answers === evaluations.find(({ task }) => task === 'res')!.key,
    }
  })
  expect(used.map(({ isOwn, hasOwnAnswers }) => [isOwn, hasOwnAnswers])).toEqual(Array(3).fill([true, true]))
  expect(new Set(used.map(({ rows }) => rows)).size).toBe(3)
})

it('a model is tried on another task by the division of its seed', async () => {
  const { plan, task } = await divided([1, 2])
  const of = (label: string) => plan.chains.filter(({ chain }) => chain.label === label)
  const rowsOf = (lesson: string): string => {
    const { calibration } = studyUsableModel(plan, finished, lesson as never, task)
    return calibration.kind === 'rows' ? calibration.rows : ''
  }
  const own = of('base -> res').map(({ teach }) => rowsOf(teach.at(-1)!))
  expect(of('base -> a2t').map(({ teach }) => rowsOf(teach.at(-1)!))).toEqual(own)
})
