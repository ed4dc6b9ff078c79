import { expect, test } from 'vitest'
import { lessonDefaults } from './lesson-settings.ts'
import { optionFaults } from './option-faults.ts'

const faults = (options: Record<string, unknown>): string[] => optionFaults(options, ['model', 'out'])

test('optionFaults() finds nothing in the defaults and in what is no setting', () => {
  expect(faults({ ...lessonDefaults, model: 7, out: undefined, evaluateEvery: 'epoch', keep: 'best' })).toEqual([])
  expect(faults({ evaluateEvery: 3, learningRate: 0, labelSmoothing: 0.1, adafactorScaleParameter: true })).toEqual([])
  expect(faults({ warmupRatio: 1, adamEpsilon: 1e-300 })).toEqual([])
})

test.each([
  [{ learningRate: Number.NaN }, 'Cannot use NaN as "learningRate": expected a number, at least 0'],
  [{ learningRate: -1 }, 'Cannot use -1 as "learningRate": expected a number, at least 0'],
  [{ learningRate: '1e-3' }, 'Cannot use "1e-3" as "learningRate": expected a number, at least 0'],
  [{ warmupRatio: 1.01 }, 'Cannot use 1.01 as "warmupRatio": expected a number, at least 0, at most 1'],
  [{ adamEpsilon: 0 }, 'Cannot use 0 as "adamEpsilon": expected a number, above 0'],
  [{ labelSmoothing: 1 }, 'Cannot use 1 as "labelSmoothing": expected a number, at least 0, below 1'],
  [{ steps: 1.5 }, 'Cannot use 1.5 as "steps": expected a whole number of at least 1'],
  [{ order: 'lenght' }, 'Cannot use "lenght" as "order": did you mean "length"?'],
  [{ order: 'up' }, 'Cannot use "up" as "order": expected "file", "shuffle", "length"'],
  [{ device: 'gpu' }, 'Cannot use "gpu" as "device": did you mean "webgpu"?'],
  [{ device: 7 }, 'Cannot use 7 as "device": expected "cpu", "webgpu", "auto"'],
  [{ adafactorRelativeStep: 'yes' }, 'Cannot use "yes" as "adafactorRelativeStep": expected true or false'],
  [{ evaluateEvery: 'day' }, 'Cannot use "day" as "evaluateEvery": expected "epoch" or a whole number of at least 1'],
  [{ prefix: 7 }, 'Cannot use 7 as "prefix": expected a text'],
  [{ learningRat: 1 }, 'Unknown option "learningRat": did you mean "learningRate"?'],
  [{ learning_rate: 1 }, 'Unknown option "learning_rate": did you mean "learningRate"?'],
  [{ optimizer: 'adafactr' }, 'Cannot use "adafactr" as "optimizer": did you mean "adafactor"?'],
])('optionFaults() names %j', (options, fault) => {
  expect(faults(options)).toEqual([fault])
})
