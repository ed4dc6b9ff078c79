import { expect, test } from 'vitest'
import { GraphBuilder } from './builder.ts'
import { LiveBytes } from './live-bytes.ts'
import type { Value } from './ops.ts'

const none: ReadonlySet<string> = new Set()

test('LiveBytes.most() counts each value from the node that makes it to the last that reads it', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 8])
  const w = g.input('w', 'float', [8, 8])
  const a = g.gemm(x, w)
  const b = g.gemm(a, w)
  g.output('y', g.gemm(g.gemm(b, w), w))
  // Two at a time, [N, 8] of 4 bytes each.
  expect(new LiveBytes(g, none).most({ N: 5 })).toBe(2 * 5 * 8 * 4)
  expect(new LiveBytes(g, new Set(['y'])).most({ N: 5 })).toBe(2 * 5 * 8 * 4)
})

test('LiveBytes.most() lets results lie in an operand that nobody else reads, and views in what they show', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 8])
  const a = g.exp(x)
  const b = g.reshape(g.mul(a, x), [-1, 2, 4])
  g.output('y', g.sqrt(b))
  // The output has memory of its own.
  expect(new LiveBytes(g, none).most({ N: 3 })).toBe(2 * 3 * 8 * 4)
  expect(new LiveBytes(g, new Set(['y'])).most({ N: 3 })).toBe(3 * 8 * 4)
})

test('LiveBytes.most() finds the fullest moment for each run, and fullest() what lives then', () => {
  const g = new GraphBuilder()
  const n = g.input('n', 'float', ['N', 16])
  const m = g.input('m', 'float', ['M', 4])
  g.output('a', g.reduceSum(g.exp(n), [0, 1], false))
  g.output('b', g.reduceSum(g.concat([m, m], 1), [0, 1], false))
  const live = new LiveBytes(g, new Set(['a', 'b']))
  expect(live.most({ N: 10, M: 1 })).toBe(10 * 16 * 4)
  expect(live.most({ N: 1, M: 10 })).toBe(10 * 8 * 4)
  expect(live.fullest({ N: 1, M: 10 }).values.map(([{ shape }, bytes]) => [shape, bytes])).toEqual([[['M', 8], 320]])
})

test('LiveBytes.most() counts what is made of inputs alone just before it is read, be it built later than the operand beside it', () => {
  const g = new GraphBuilder()
  const w = g.input('w', 'float', [8, 8])
  const masks = ['a', 'b', 'c'].map((name) => g.input(name, 'uint8', ['N', 8]))
  let x: Value = g.input('x', 'float', ['N', 8])
  for (const mask of masks) x = g.mul(g.gemm(x, w), g.cast(mask, 'float'))
  g.output('y', x)
  // A product and its mask at a time, not every mask from the beginning.
  expect(new LiveBytes(g, new Set(['y'])).most({ N: 5 })).toBe(2 * 5 * 8 * 4)
})
