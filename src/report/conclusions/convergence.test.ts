import { expect, it } from 'vitest'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import { bestOf, meanOfAll, plannedRefusal } from './convergence.ts'

const log = (...values: number[]) => ({
  seed: 1,
  updates: Float64Array.from(values.keys()),
  values: Float64Array.from(values),
})

it('bestOf() is the best of the values that are numbers', () => {
  expect(bestOf(log(Number.NaN, 2, 1, 3), -1)).toBe(1)
  expect(bestOf(log(Number.NaN, 2, 1, 3), 1)).toBe(3)
  expect([bestOf(log(), 1), bestOf(log(Number.NaN), 1)]).toEqual([undefined, undefined])
})

it('meanOfAll() has no mean where a seed has no value, and no interval of one', () => {
  expect(meanOfAll([])).toBeUndefined()
  expect(meanOfAll([1, undefined])).toBeUndefined()
  expect(meanOfAll([2])).toEqual({ mean: 2, interval: undefined })
  expect(meanOfAll([1, 3])?.mean).toBe(2)
})

it('plannedRefusal() compares no curves of other rows, or of another prefix', () => {
  const step = (more: object) => ({ hasValidation: true, data: 'a', prefix: 'x: ', ...more }) as unknown as TeachStep
  const refusal = (more: object) => plannedRefusal(step(more), step({}), new Map())
  expect(refusal({ hasValidation: false })).toBe('its last lesson has no validation rows')
  expect(refusal({ data: 'b' })).toBe('its last lesson is taught other rows')
  expect(refusal({ prefix: 'y: ' })).toBe('its last lesson has another prefix')
})
