import { expect, test } from 'vitest'
import { answerIds, isEnded } from './generator.ts'

test('answerIds() is what stands between the start token and the end', () => {
  const ids = (...sequence: number[]) => [...answerIds(Int32Array.from(sequence), { padTokenId: 0, eosTokenId: 1 })]
  expect(ids(0, 5, 6, 1)).toEqual([5, 6])
  expect(ids(0, 5, 6)).toEqual([5, 6])
  expect(ids(0, 1)).toEqual([])
  expect(ids(0)).toEqual([])
  // Others that it begins or ends with are text.
  expect(ids(7, 5, 2)).toEqual([7, 5, 2])
  expect(ids(1)).toEqual([1])
})

test('isEnded() tells the end from the limit, and from a start token that ends answers too', () => {
  const ended = (...sequence: number[]) => isEnded(Int32Array.from(sequence), new Set([1, 2]))
  expect([ended(0, 5, 1), ended(0, 2), ended(0, 5), ended(1)]).toEqual([true, true, false, false])
})
