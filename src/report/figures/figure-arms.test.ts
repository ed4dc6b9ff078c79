import { expect, it } from 'vitest'
import { smooth } from './curve.ts'
import { smoothedUpdates } from './figure-arms.ts'

const scale = (round: number) => ({ round, epochs: (at: number) => at, minutes: (at: number) => at })

it('smoothedUpdates() is a fiftieth of the updates, in whole rounds of lengths', () => {
  expect(smoothedUpdates(500, scale(1))).toBe(10)
  expect(smoothedUpdates(10, scale(1))).toBe(1)
  expect(smoothedUpdates(500, scale(23))).toBe(23)
  expect(smoothedUpdates(10_000, scale(50))).toBe(200)
  expect(smoothedUpdates(5_000, scale(35))).toBe(105)
})

it('smoothing over whole rounds leaves nothing of a sawtooth', () => {
  const sawtooth = Float64Array.from({ length: 500 }, (_, i) => 3 + (i % 23) / 10)
  const smoothed = smooth(sawtooth, smoothedUpdates(500, scale(23)))
  const middle = [...smoothed.subarray(11)]
  expect(Math.max(...middle) - Math.min(...middle)).toBeLessThan(1e-9)
})
