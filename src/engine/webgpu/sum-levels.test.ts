import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { rowsOfSum, sumLevels } from './sum-levels.ts'

/** What the device makes of the levels, with a number a row. */
function summed(rows: readonly number[], levels: readonly Int32Array[]): number[] {
  let sums = [...rows]
  for (const picks of levels) {
    const next = new Array<number>(picks.length / rowsOfSum).fill(0)
    picks.forEach((row, at) => {
      next[Math.floor(at / rowsOfSum)]! += row < 0 ? 0 : sums[row]!
    })
    sums = next
  }
  return sums
}

test('sumLevels() leaves the sum of each id, however often it was picked', () => {
  const random = seededRandom(1)
  const ids = Int32Array.from({ length: 2000 }, () => (random.below(3) === 0 ? 7 : random.below(900)))
  const rows = Array.from(ids, () => random.below(1000))
  const { distinct, levels } = sumLevels(ids)
  const expected = distinct.map((id) => rows.reduce((sum, row, at) => sum + (ids[at] === id ? row : 0), 0))
  expect(distinct).toEqual([...new Set(ids)].sort((a, b) => a - b))
  expect(summed(rows, levels)).toEqual(expected)
  expect(levels.length).toBe(4)
})

test('sumLevels() adds up in the order of the picks, and has one level for ids that differ', () => {
  const { distinct, levels } = sumLevels(Int32Array.of(5, 3, 5))
  const none = [-1, -1, -1, -1, -1, -1]
  expect(distinct).toEqual([3, 5])
  expect(levels).toEqual([Int32Array.of(1, -1, ...none, 0, 2, ...none)])
})
