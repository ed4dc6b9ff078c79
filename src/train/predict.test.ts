import { expect, it } from 'vitest'
import type { HeldWeights } from './model-memory.ts'
import { refuseUnanswerable } from './predict.ts'

it('refuseUnanswerable() names the source with a foreign token id, and one with no tokens or more than can be compared', () => {
  const weights = { architecture: { vocabSize: 9 } } as HeldWeights
  const refuse = (...sources: Int32Array[]) => refuseUnanswerable(sources, weights)
  expect(() => refuse(Int32Array.of(8, 1), new Int32Array(2 ** 15))).not.toThrow()
  expect(() => refuse(Int32Array.of(1), Int32Array.of(9))).toThrow('source 2 as its token id 9')
  expect(() => refuse(Int32Array.of(1), new Int32Array(340_001))).toThrow('source 2 as it has 340001 tokens')
  expect(() => refuse(Int32Array.of(1), new Int32Array(0))).toThrow('source 2 as it has no tokens')
})
