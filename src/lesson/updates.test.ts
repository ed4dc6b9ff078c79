import { expect, test } from 'vitest'
import { batchesSortedTogether, updatesAnEpoch, updatesBetweenEvaluations, updatesOf } from './updates.ts'

test('updatesOf() counts a last batch that is not full, and parts of epochs', () => {
  const anEpoch = updatesAnEpoch(10, 4)
  expect(anEpoch).toBe(3)
  expect(updatesOf({ epochs: 3 }, anEpoch)).toBe(9)
  expect(updatesOf({ epochs: 0.5 }, anEpoch)).toBe(2)
  expect(updatesOf({ steps: 1000, epochs: 3 }, anEpoch)).toBe(1000)
})

test('updatesBetweenEvaluations() takes an epoch, or so many updates', () => {
  expect([updatesBetweenEvaluations('epoch', 3), updatesBetweenEvaluations(7, 3)]).toEqual([3, 7])
})

test('batchesSortedTogether() is a quarter of an epoch, at least 1 and at most 50', () => {
  expect([7, 32, 800, 80_000].map((rows) => batchesSortedTogether(rows, 4))).toEqual([1, 2, 50, 50])
})
