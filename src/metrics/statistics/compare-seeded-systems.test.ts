import { expect, it } from 'vitest'
import { exactMatchMetric } from '../exact-match.ts'
import { compareSeededSystems } from './compare-seeded-systems.ts'
import { compareSystems } from './compare-systems.ts'

const metric = exactMatchMetric()
const references = (rows: number) => Array.from({ length: rows }, (_, row) => `row ${row}`)
const answers = (rows: number, right: number) => references(rows).map((text, row) => (row < right ? text : 'wrong'))

function seeded(rows: number, right: readonly number[], level: number) {
  const systems = right.map((count, at) => ({ name: `s${at}`, files: [`s${at}`], seeds: [answers(rows, count)] }))
  return compareSeededSystems(metric, systems, [references(rows)], { resamples: 200, seed: 1, level })
}

it('compareSeededSystems() decides at the level that was asked for', () => {
  const at = (level: number) => seeded(60, [30, 33], level).comparisons[0]!
  const { p } = at(0.95)
  expect(p).toBeGreaterThan(0.05)
  expect(p).toBeLessThan(0.4)
  expect([at(0.95).differs, at(0.6).differs]).toEqual([false, true])
  expect(at(0.6)).toMatchObject({ separable: false, df: null, seeds: 1 })
  expect(at(0.6).difference).toBeCloseTo(0.05, 12)
})

it('compareSeededSystems() tells no smallest difference where rows are too few for any', () => {
  const least = (rows: number) => seeded(rows, [1, 2], 0.95).comparisons[0]!.smallest_detectable_difference
  expect(least(5)).toBeNull()
  expect(least(6)).toBeGreaterThan(0)
})

it('compareSystems() tells no smallest difference where rows are too few for any, and tests exact answers row by row', () => {
  const options = { samples: 200, resamples: 200, seed: 1, level: 0.95 }
  const exact = (rows: number) => {
    const systems = [answers(rows, 1), answers(rows, 3)]
    return compareSystems(metric, ['a', 'b'], systems, [references(rows)], options).comparisons[0]!.fields.exact!
  }
  expect(exact(5).smallest_detectable_difference).toBeNull()
  expect(exact(6).smallest_detectable_difference).toBeGreaterThan(0)
  expect(exact(6).mcnemar).toMatchObject({ only_a: 0, only_b: 2 })
  expect(exact(6).mcnemar!.p).toBeCloseTo(0.5, 12)
})
