import { describe, expect, it } from 'vitest'
import { commonUpdates, envelope, mostPoints, samplePlaces, smooth, spreadAt } from './curve.ts'

const list = (...values: number[]) => Float64Array.from(values)

describe('smooth()', () => {
  it('takes the mean of the values around each one, symmetric at the beginning', () => {
    expect([...smooth(list(9, 3, 6, 0, 3), 3)]).toEqual([9, 6, 3, 3, 3])
    expect([...smooth(list(9, 3, 6, 0, 3), 5)].slice(0, 3)).toEqual([9, 6, 4.2])
  })

  it('leaves a line as it is, and does not move it sideways', () => {
    const line = Float64Array.from({ length: 100 }, (_, i) => 5 - 0.03 * i)
    const smoothed = smooth(line, 9)
    for (let i = 0; i < 96; i++) expect(smoothed[i]).toBeCloseTo(line[i]!, 12)
  })

  it('keeps gaps, and lets them touch nothing else', () => {
    expect([...smooth(list(1, Number.NaN, 3, Number.POSITIVE_INFINITY, 5), 3)]).toEqual([
      1,
      Number.NaN,
      3,
      Number.NaN,
      4,
    ])
  })
})

describe('samplePlaces()', () => {
  it.each([1, 2, 479, 480, 481, 1_000_000])('takes the first and last of %d, and no more than it may', (count) => {
    const places = samplePlaces(count, mostPoints)
    expect(places[0]).toBe(0)
    expect(places.at(-1)).toBe(count - 1)
    expect(places.length).toBe(Math.min(count, mostPoints))
    expect(places.every((place, i) => i === 0 || place > places[i - 1]!)).toBe(true)
  })

  it('takes nothing of nothing', () => {
    expect(samplePlaces(0, mostPoints)).toEqual([])
  })
})

describe('envelope()', () => {
  it('keeps the extremes of a million values in order, and gaps', () => {
    const count = 1_000_000
    const y = (i: number): number =>
      i === 123_456 ? -50 : i === 900_001 ? 99 : i >= 400_000 && i < 420_000 ? Number.NaN : i % 7
    const points = envelope((i) => i, y, count)
    expect(points.length).toBeLessThanOrEqual(mostPoints)
    const ys = points.map((point) => point.y).filter(Number.isFinite)
    expect([Math.min(...ys), Math.max(...ys)]).toEqual([-50, 99])
    expect(points.every(({ x }, i) => i === 0 || x > points[i - 1]!.x)).toBe(true)
    expect(points.some((point) => Number.isNaN(point.y))).toBe(true)
  })
})

describe('commonUpdates() and spreadAt()', () => {
  it('compares seeds at the updates that all of them have', () => {
    const { updates, values } = commonUpdates([
      { seed: 1, updates: list(1, 2, 3, 5), values: list(10, 20, 30, 50) },
      { seed: 2, updates: list(2, 3, 4, 5), values: list(22, 36, 40, Number.NaN) },
    ])
    expect([...updates]).toEqual([2, 3, 5])
    expect(spreadAt(values, 1)).toEqual({ y: 33, low: 30, high: 36 })
    expect(spreadAt(values, 2).y).toBeNaN()
    expect(spreadAt([], 0).y).toBeNaN()
  })
})
