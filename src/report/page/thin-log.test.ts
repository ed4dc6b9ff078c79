import { expect, it } from 'vitest'
import { mostStretches, thinLog } from './thin-log.ts'

const log = (count: number, of: (update: number) => number) => {
  const updates = Float64Array.from({ length: count }, (_, i) => i + 1)
  return { updates, values: [updates.map(of)] }
}

it('thinLog() keeps a short log whole', () => {
  const { updates, mean, low } = thinLog(log(800, (update) => 1 / update))
  expect(updates).toHaveLength(800)
  expect(mean[0]!.slice(0, 3)).toEqual([1, 0.5, 0.3333])
  expect(low).toBeUndefined()
})

it('thinLog() loses no spike of a long log, and keeps its mean', () => {
  const spikes = new Map([
    [1, 50],
    [7_001, 9],
    [7_002, -3],
    [22_500, 77],
  ])
  const { updates, mean, low, high, gaps } = thinLog(log(22_500, (update) => spikes.get(update) ?? 2))
  expect(updates).toHaveLength(mostStretches)
  expect(updates.at(-1)).toBe(22_500)
  expect([...new Set(high![0])].sort()).toEqual([2, 50, 77, 9])
  expect([...new Set(low![0])]).toEqual([2, -3])
  const sum = mean[0]!.reduce<number>((all, value) => all + value!, 0) / mostStretches
  expect(sum).toBeCloseTo((22_496 * 2 + 50 + 9 - 3 + 77) / 22_500, 2)
  expect(gaps).toBe(0)
})

it('thinLog() counts what is no finite number, and leaves a gap where nothing else is', () => {
  const { mean, gaps } = thinLog(log(22_500, (update) => (update > 11_000 && update <= 11_500 ? Number.NaN : 1)))
  expect(gaps).toBe(500)
  const open = mean[0]!.filter((value) => value === null).length
  expect([7, 8, 9]).toContain(open)
})
