import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import { Store } from '../store/store.ts'
import { estimateLesson, rowCounts, shapeOf } from './estimate.ts'
import type { Plan } from './plan.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-estimate-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const planOf = (text = fakeStudyText): Promise<Plan> => planFile(writeFakeStudy(folder, { 'study.yaml': text }))
const lessons = ({ steps }: Plan): TeachStep[] => [...steps.values()].filter((step) => step.kind === 'teach')

describe('rowCounts()', () => {
  it('takes the numbers that a study states, of mixtures too', async () => {
    const plan = await planOf(
      fakeStudyText.replace('chains:', 'mixtures: { mixed: { of: { a2t: 2, res: 1 } } }\nchains:\n  - base -> mixed'),
    )
    const counts = rowCounts(plan, new Store(join(folder, 'store')))
    const labelled = new Map([...plan.steps.values()].map(({ key, label }) => [label, counts.get(key)]))
    expect(labelled.get('prepare a2t')).toEqual({ train: 10, validation: 4, test: 6 })
    expect(labelled.get('prepare mixed')).toEqual({ train: 15, validation: 6 })
  })

  it.each([
    ['take: 100, split: { validation: 0.29, test: 0.57 }', { train: 14, validation: 29, test: 57 }],
    ['take: 7, split: { train: 0.5, validation: 0.25, test: 0.25 }', { train: 3, validation: 2, test: 2 }],
    ['split: { validation: 0.29, test: 6 }', { test: 6 }],
    ['take: 5, split: { train: 4, test: 6 }', {}],
  ])('takes %s for as many rows as the division makes of it', async (data, wanted) => {
    const plan = await planOf(fakeStudyText.replace('split: { train: 10, validation: 4, test: 6, seed: 1 }', data))
    const step = [...plan.steps.values()].find(({ label }) => label === 'prepare a2t')
    expect(rowCounts(plan, new Store(join(folder, 'store'))).get(step!.key)).toEqual(wanted)
  })

  it('counts whole batches of a mixture by updates, and knows nothing of tokens before they are cut', async () => {
    const mixedBy = async (by: string): Promise<unknown> => {
      const mixtures = `mixtures: { mixed: { of: { a2t: 1, res: 2 }, by: ${by}, teach: { batch: 4 } } }`
      const plan = await planOf(fakeStudyText.replace('chains:', `${mixtures}\nchains:\n  - base -> mixed`))
      const step = [...plan.steps.values()].find(({ label }) => label === 'prepare mixed')
      return rowCounts(plan, new Store(join(folder, 'store'))).get(step!.key)
    }
    expect(await mixedBy('updates')).toEqual({ train: 16, validation: 6 })
    expect(await mixedBy('tokens')).toEqual({})
  })
})

describe('estimateLesson()', () => {
  it('adds updates, evaluations and what happens round them', async () => {
    const [step] = lessons(await planOf())
    const measured = {
      overheadSeconds: 2,
      secondsPerUpdate: 0.5,
      secondsPerValidationRow: 0.1,
      peakMemoryBytes: 1e9,
      modelBytes: 4e8,
      parameters: 1e8,
      optimizerBytes: 3e7,
    }
    const settings = { ...step!.settings, epochs: 3, batch: 4, evaluate_every: 'epoch', keep: 'best' } as const
    const rows = new Map([[step!.data, { train: 10, validation: 4 }]])
    expect(estimateLesson({ ...step!, settings }, rows, measured)).toEqual({
      updates: 9,
      secondsPerUpdate: 0.5,
      seconds: 2 + 9 * 0.5 + 3 * 4 * 0.1,
      peakMemoryBytes: 1e9,
      diskBytes: 4e8,
      stateBytes: 8.3e8,
    })
    expect(estimateLesson(step!, rows)).toEqual({ updates: 3 })
    expect(estimateLesson(step!, new Map(), measured)).toEqual({})
  })

  it('counts the answers of evaluations, no more than are asked for', async () => {
    const measured = {
      overheadSeconds: 0,
      secondsPerUpdate: 0,
      secondsPerValidationRow: 0,
      secondsPerAnswer: 2,
      peakMemoryBytes: 1,
      modelBytes: 1,
      parameters: 1,
    }
    const secondsWith = async (setting: string): Promise<number | undefined> => {
      const [step] = lessons(await planOf(fakeStudyText.replace('epochs: 1', `epochs: 3, ${setting}`)))
      return estimateLesson(step!, new Map([[step!.data, { train: 10, validation: 40 }]]), measured).seconds
    }
    expect(await secondsWith('best_by: loss')).toBe(0)
    expect(await secondsWith('best_by: bleu')).toBe(3 * 40 * 2)
    expect(await secondsWith('evaluate_rows: 7')).toBe(3 * 7 * 2)
    expect(await secondsWith('on_collapse: stop')).toBe(3 * 40 * 2)
  })
})

describe('shapeOf()', () => {
  it('is shared by lessons whose updates take as long, whatever they began with', async () => {
    const plan = await planOf(fakeStudyText.replace('seeds: [1]', 'seeds: [1, 2]'))
    const shapes = new Map(lessons(plan).map((step) => [step.label, shapeOf(step, plan)]))
    expect(shapes.get('teach base -> a2t, seed 1')).toBe(shapes.get('teach base -> res -> a2t, seed 2'))
    expect(shapes.get('teach base -> a2t, seed 1')).not.toBe(shapes.get('teach base -> res, seed 1'))
    const shapeWith = async (settings: string): Promise<string> => {
      const changed = await planOf(fakeStudyText.replace('epochs: 1', `epochs: 1, ${settings}`))
      return shapeOf(lessons(changed)[0]!, changed)
    }
    const shape = await shapeWith('schedule: cosine, weight_decay: 0.1')
    expect([...shapes.values()]).toContain(shape)
    for (const settings of ['optimizer: adafactor', 'label_smoothing: 0.1', 'dropout: 0.2', 'limits: { source: 8 }']) {
      expect(await shapeWith(settings), settings).not.toBe(shape)
    }
    const wider = await planOf(fakeStudyText.replace('d_model: 8', 'd_model: 16'))
    expect(shapeOf(lessons(wider)[0]!, wider)).not.toBe(shapes.get('teach base -> a2t, seed 1'))
  })
})
