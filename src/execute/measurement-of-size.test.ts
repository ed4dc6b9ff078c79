import { expect, it } from 'vitest'
import { fakeStudyText } from '../../test/rig/fake-study.ts'
import { type CheckedStudy, readStudy } from '../study/file/read-study.ts'
import type { LessonMeasurement } from '../study/plan/estimate.ts'
import { assumedInputs } from '../study/plan/inputs.ts'
import { planStudy } from '../study/plan/plan.ts'
import { measurementOfSize } from './measurement-of-size.ts'

const speed = { operationsPerSecond: 1e10, updateSeconds: 1e-9 }

function lessonWith(settings: string, batch = 4): LessonMeasurement {
  const text = fakeStudyText
    .replaceAll('batch: 4', `batch: ${batch}`)
    .replace('{ scratch: { d_model: 8 }, tokenizer: spiece.model }', '{ hub: google/mt5-small }')
    .replaceAll('learning_rate: 1e-3', `learning_rate: 1e-3, ${settings}`)
  const plan = planStudy((readStudy(text, 'study.yaml') as CheckedStudy).study, assumedInputs())
  const step = [...plan.steps.values()].find(({ kind }) => kind === 'teach')!
  return measurementOfSize(step as Extract<typeof step, { kind: 'teach' }>, plan, () => speed) as LessonMeasurement
}

it('measurementOfSize() counts what a lesson of mT5-small and each optimizer would keep', () => {
  const parameters = 300_176_768
  const [adamw, adafactor, withMoment] = [
    lessonWith('optimizer: adamw'),
    lessonWith('optimizer: adafactor'),
    lessonWith('optimizer: adafactor, adafactor_beta1: 0.9'),
  ]
  expect(adamw).toMatchObject({ parameters, optimizerBytes: 8 * parameters, modelBytes: 4 * parameters })
  expect(adafactor.optimizerBytes).toBeLessThan(0.01 * 4 * parameters)
  expect(withMoment.optimizerBytes).toBe(adafactor.optimizerBytes! + 4 * parameters)
  expect(withMoment.peakMemoryBytes - adafactor.peakMemoryBytes).toBeCloseTo(4 * parameters, 0)
})

it('measurementOfSize() keeps a lesson within its bound where that is possible', () => {
  const { peakMemoryBytes: free } = lessonWith('order: shuffle')
  const bound = Math.floor(free / 1e6 - 1) * 1e6
  const bounded = lessonWith(`memory: ${bound / 1e6}MB`).peakMemoryBytes
  expect(bounded).toBeLessThanOrEqual(bound)
  expect(bounded).toBeGreaterThan(lessonWith('micro_batch: 1').peakMemoryBytes)
  expect(lessonWith('memory: 90GB').peakMemoryBytes).toBe(free)
  const least = lessonWith('micro_batch: 1').peakMemoryBytes
  expect(lessonWith('memory: 1GB').peakMemoryBytes).toBe(least)
})

it('measurementOfSize() cuts batches on the processor as lessons do, and not where "micro_batch" says how', () => {
  const whole = lessonWith('micro_batch: 64', 64).peakMemoryBytes
  expect(lessonWith('order: shuffle', 64).peakMemoryBytes).toBeLessThan(whole)
  expect(lessonWith('device: webgpu', 64).peakMemoryBytes).toBe(whole)
})

it('measurementOfSize() takes a lesson with trim_vocab for one of fewer pieces, beside the whole model', () => {
  const [whole, trimmed] = [lessonWith('order: shuffle'), lessonWith('trim_vocab: auto')]
  const pieces = 250_112 - 30_000
  expect(trimmed.parameters).toBe(whole.parameters - 2 * 512 * pieces)
  expect(trimmed.modelBytes).toBe(whole.modelBytes)
  expect(trimmed.secondsPerUpdate).toBeLessThan(whole.secondsPerUpdate)
  expect(trimmed.peakMemoryBytes).toBeLessThan(whole.peakMemoryBytes)
})
