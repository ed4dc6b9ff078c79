import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { formatTick, linearTicks, logTicks, niceEnds } from './ticks.ts'

describe('linearTicks()', () => {
  it.each([
    [0, 564, 6, ['0', '100', '200', '300', '400', '500']],
    [0, 22500, 5, ['0', '5,000', '10,000', '15,000', '20,000']],
    [0.9, 0.97, 4, ['0.90', '0.92', '0.94', '0.96']],
    [-1, 1, 4, ['-1.0', '-0.5', '0', '0.5', '1.0']],
    [1e-6, 5e-6, 4, ['1e-6', '2e-6', '3e-6', '4e-6', '5e-6']],
  ])('takes round numbers from %d to %d', (low, high, wanted, labels) => {
    expect(linearTicks(low, high, wanted).labels).toEqual(labels)
  })

  it('stays within the ends, in order and few, whatever they are', () => {
    const random = seededRandom(3)
    for (let round = 0; round < 2000; round++) {
      const low = (random.uniform() - 0.5) * 10 ** Math.floor(random.uniform() * 24 - 12)
      const high = low + random.uniform() * 10 ** Math.floor(random.uniform() * 24 - 12)
      const wanted = 1 + Math.floor(random.uniform() * 9)
      const { values, labels } = linearTicks(low, high, wanted)
      const slack = 1e-8 * (high - low) + 1e-15
      expect(values.length).toBeLessThanOrEqual(2 * wanted + 2)
      expect(labels).toHaveLength(values.length)
      expect(values.every((value) => value >= low - slack && value <= high + slack)).toBe(true)
      expect(values.every((value, i) => i === 0 || value > values[i - 1]!)).toBe(true)
    }
  })

  it('ends where no number lies between the ends', () => {
    expect(linearTicks(0.37, 0.37 + 1e-17, 5).values).toEqual([0.37])
    expect(linearTicks(1e16, 1e16 + 2, 5).values).toEqual([1e16])
    expect(linearTicks(Number.NaN, 1, 5).values).toHaveLength(1)
  })
})

describe('logTicks()', () => {
  it.each([
    [0.09, 9, 5, ['0.1', '0.2', '0.5', '1', '2', '5']],
    [1e-5, 1, 5, ['1e-5', '1e-4', '1e-3', '0.01', '0.1', '1']],
    [1e-20, 1, 4, ['1e-20', '1e-15', '1e-10', '1e-5', '1']],
    [0.65, 7, 6, ['0.7', '1', '1.5', '2', '3', '5', '7']],
    [2.1, 2.4, 3, ['2.1', '2.2', '2.3', '2.4']],
  ])('from %d to %d', (low, high, wanted, labels) => {
    expect(logTicks(low, high, wanted).labels).toEqual(labels)
  })
})

describe('niceEnds()', () => {
  it('holds the values, also equal ones', () => {
    expect(niceEnds(0.03, 8.9, 5)).toEqual([0, 10])
    expect(niceEnds(0, 0, 5)).toEqual([0, 1])
    const [low, high] = niceEnds(0.75, 0.75, 5)
    expect(low).toBeLessThan(0.75)
    expect(high).toBeGreaterThan(0.75)
  })
})

describe('formatTick()', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1e-4, '1e-4'],
    [0.0015, '1.5e-3'],
    [0.25, '0.25'],
    [1234567, '1,234,567'],
    [25_000_000, '2.5e7'],
    [-4000, '-4,000'],
  ])('writes %d as short as it is clear', (value, text) => {
    expect(formatTick(value)).toBe(text)
  })
})
