import { expect, test } from 'vitest'
import type { Tensor } from '../../graph/tensor.ts'
import { canBeMarked, isUntouched, markUntouched } from './untouched.ts'

const tensors: Record<string, Tensor> = {
  float: { type: 'float', data: new Float32Array(4).subarray(1), dims: [3] },
  int64: { type: 'int64', data: new BigInt64Array(2), dims: [2] },
  int32: { type: 'int32', data: new Int32Array(2), dims: [2] },
}

test.each(Object.entries(tensors))('what is marked is untouched until something is written: %s', (_, tensor) => {
  expect(canBeMarked(tensor)).toBe(true)
  expect(isUntouched(tensor)).toBe(false)
  markUntouched(tensor)
  expect(isUntouched(tensor)).toBe(true)
  tensor.data[0] = tensor.type === 'int64' ? 0n : 0
  expect(isUntouched(tensor)).toBe(false)
})

test('a NaN that arithmetic gives is no mark', () => {
  const data = Float32Array.of(Number.NaN)
  const tensor: Tensor = { type: 'float', data, dims: [1] }
  markUntouched(tensor)
  data[0] = data[0]! * 1
  expect([data[0], isUntouched(tensor)]).toEqual([Number.NaN, false])
})

test('nothing, and bytes, of which each value may be written, are not marked', () => {
  expect(canBeMarked({ type: 'float', data: new Float32Array(0), dims: [0] })).toBe(false)
  expect(canBeMarked({ type: 'uint8', data: new Uint8Array(8), dims: [8] })).toBe(false)
})
