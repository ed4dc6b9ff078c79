import { expect, test } from 'vitest'
import { MaskPool } from './mask-pool.ts'

const count = 400_000
const stream = { seed: 42, step: 3, site: 2 }

test('MaskPool.draw() keeps 90 % ± 0.5 % at rate 0.1', () => {
  const mask = new MaskPool().draw(count, 0.1, stream)
  const kept = mask.reduce((sum, bit) => sum + bit, 0)
  expect(Math.abs(kept / count - 0.9)).toBeLessThan(0.005)
  expect(new Set(mask)).toEqual(new Set([0, 1]))
})

test('MaskPool.draw() gives the same mask for the same seed, step and site, in another pool too', () => {
  const first = new MaskPool().draw(count, 0.1, stream).slice()
  const pool = new MaskPool()
  pool.draw(1000, 0.1, { ...stream, site: 9 })
  expect(Buffer.compare(Buffer.from(pool.draw(count, 0.1, stream)), Buffer.from(first))).toBe(0)
})

test('MaskPool.draw() gives independent masks for other sites, steps and seeds', () => {
  const base = new MaskPool().draw(count, 0.1, stream).slice()
  for (const other of [
    { ...stream, site: 3 },
    { ...stream, step: 4 },
    { ...stream, seed: 43 },
  ]) {
    const mask = new MaskPool().draw(count, 0.1, other)
    const bothDropped = mask.reduce((sum, bit, i) => sum + (bit === 0 && base[i] === 0 ? 1 : 0), 0)
    // 1 % expected with a standard deviation of 0.016 %
    expect(Math.abs(bothDropped / count - 0.01)).toBeLessThan(0.001)
  }
})

test('MaskPool.reset() lets masks be written over, and masks of one pass do not overlap', () => {
  const pool = new MaskPool()
  const first = pool.draw(1001, 0.5, stream)
  const copy = first.slice()
  pool.draw(1001, 0.5, { ...stream, site: 7 })
  expect(first).toEqual(copy)
  pool.reset()
  pool.draw(1001, 0.5, { ...stream, site: 8 })
  expect(first).not.toEqual(copy)
})
