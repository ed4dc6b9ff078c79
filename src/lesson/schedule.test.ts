import { expect, test } from 'vitest'
import { learningRateAt } from './schedule.ts'

const rates = (settings: { schedule: 'linear' | 'constant'; warmupSteps: number }, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => learningRateAt({ learningRate: 8, ...settings }, step, steps))

test('learningRateAt() falls linearly and would reach 0 one update after the last', () => {
  expect(rates({ schedule: 'linear', warmupSteps: 0 }, 4)).toEqual([8, 6, 4, 2])
})

test('learningRateAt() warms up from 0 before it falls', () => {
  expect(rates({ schedule: 'linear', warmupSteps: 2 }, 6)).toEqual([0, 4, 8, 6, 4, 2])
})

test('learningRateAt() stays at the peak after warm-up when the schedule is constant', () => {
  expect(rates({ schedule: 'constant', warmupSteps: 2 }, 4)).toEqual([0, 4, 8, 8])
})

test('learningRateAt() allows a peak of 0', () => {
  expect(learningRateAt({ learningRate: 0, schedule: 'linear', warmupSteps: 0 }, 3, 9)).toBe(0)
})
