import { describe, expect, it } from 'vitest'
import { average, meanOf } from '../../../test/rig/simulated-arms.ts'
import { drawSplits, type SplitSizes } from '../../../test/rig/simulated-splits.ts'
import { seededRandom } from '../../base/random.ts'
import { correctComparisons } from './compare-arms.ts'
import type { CrossedTest } from './crossed-test.ts'
import { resampledSplitsTest } from './resampled-splits-test.ts'
import { studentQuantile } from './student-t.ts'

const testOf = (
  seed: readonly number[],
  sizes: SplitSizes,
  ahead = 0,
  overlap = sizes.test / sizes.train,
): CrossedTest => resampledSplitsTest(average, drawSplits(seededRandom(seed), sizes, ahead), { field: 'mean', overlap })

const rowsOf = (...values: number[]) => ({ rows: values.length, width: 1, values: Float64Array.from(values) })

describe('resampledSplitsTest()', () => {
  it('is the corrected resampled t test', () => {
    const splits = drawSplits(seededRandom(4), { splits: 4, train: 60, test: 20 })
    const found = resampledSplitsTest(average, splits, { field: 'mean', overlap: 1 / 3 })
    const differences = splits.map(({ arm, baseline }) => meanOf(arm) - meanOf(baseline))
    const mean = differences.reduce((a, b) => a + b) / 4
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3
    const error = Math.sqrt((1 / 4 + 1 / 3) * variance)
    expect(found).toMatchObject({ df: 3, rows: 20, splits: 4, seeds: { arm: 4, baseline: 4 } })
    expect(found.difference).toBeCloseTo(mean, 12)
    expect(found.standardError).toBeCloseTo(error, 12)
    expect(found.interval.high).toBeCloseTo(mean + studentQuantile(0.975, 3) * error, 8)
    expect(found.chance.seeds! + found.chance.rows).toBeCloseTo(error ** 2, 12)
  })

  it('calls no more than 8 % different where nothing but chance differs, and covers the truth', () => {
    const draws = 800
    for (const splits of [3, 5, 10]) {
      const found = Array.from({ length: draws }, (_, draw) => {
        const { p, interval } = testOf([1, splits, draw], { splits, train: 150, test: 50 })
        return { differs: p < 0.05, covers: interval.low <= 0 && interval.high >= 0 }
      })
      const rate = found.filter(({ differs }) => differs).length / draws
      expect(rate).toBeGreaterThan(0.015)
      expect(rate).toBeLessThan(0.08)
      expect(found.filter(({ covers }) => covers).length / draws).toBeCloseTo(1 - rate, 12)
    }
  })

  it('would call far more different did it take splits for data sets of their own', () => {
    const draws = 400
    const found = Array.from({ length: draws }, (_, draw) =>
      testOf([1, 10, draw], { splits: 10, train: 150, test: 50 }, 0, 0),
    )
    expect(found.filter(({ p }) => p < 0.05).length / draws).toBeGreaterThan(0.15)
  })

  it('finds a true difference more often with more splits', () => {
    const power = (splits: number): number =>
      Array.from({ length: 150 }, (_, draw) => testOf([2, splits, draw], { splits, train: 150, test: 50 }, 0.4)).filter(
        ({ p, difference }) => p < 0.05 && difference > 0,
      ).length / 150
    const [few, many] = [power(3), power(10)]
    expect(many).toBeGreaterThan(few + 0.1)
  })

  it('takes splits that agree to the last digit for no proof', () => {
    const split = { arm: rowsOf(...Array(20).fill(1)), baseline: rowsOf(0, ...Array(19).fill(1)) }
    const found = resampledSplitsTest(average, [split, split, split], { field: 'mean', overlap: 0.25 })
    expect(found.difference).toBeCloseTo(0.05, 12)
    expect(found.p).toBeGreaterThan(0.2)
    // Nor where the rows that are answered otherwise are many, but do not agree.
    const scattered = {
      arm: rowsOf(...Array(23).fill(1), ...Array(13).fill(0), ...Array(4).fill(1)),
      baseline: rowsOf(...Array(10).fill(0), ...Array(13).fill(1), ...Array(17).fill(0)),
    }
    const agreed = resampledSplitsTest(average, [scattered, scattered, scattered], { field: 'mean', overlap: 0.25 })
    expect(agreed.difference).toBeCloseTo(0.35, 12)
    expect(agreed.p).toBeGreaterThan(0.005)
    const few = { arm: rowsOf(1, 1, 1), baseline: rowsOf(0, 0, 0) }
    expect(resampledSplitsTest(average, [few, few], { field: 'mean', overlap: 0.25 }).p).toBe(0.25)
    const same = { arm: few.arm, baseline: few.arm }
    expect(resampledSplitsTest(average, [same, same], { field: 'mean', overlap: 0.25 })).toMatchObject({ p: 1 })
  })

  it('counts the rows that are answered otherwise in the split that has most of them', () => {
    const of = (...ahead: number[]) => ({
      arm: rowsOf(...ahead, ...Array(20 - ahead.length).fill(0)),
      baseline: rowsOf(...Array(20).fill(0)),
    })
    const splits = [of(...Array(10).fill(1)), of(10.2), of(9.8)]
    expect(resampledSplitsTest(average, splits, { field: 'mean', overlap: 0.25 }).p).toBeLessThan(0.01)
  })

  it('tests the rows alone with one split', () => {
    const found = testOf([3], { splits: 1, train: 150, test: 50 })
    expect(found).toMatchObject({ df: undefined, splits: 1, rows: 50 })
    expect(() => resampledSplitsTest(average, [], { field: 'mean', overlap: 0.1 })).toThrow('without a split')
  })

  it('says how many splits would show what was found', () => {
    const raw = testOf([5, 3], { splits: 3, train: 450, test: 50 }, 0.35)
    const [{ needed, detectable }] = correctComparisons([raw]) as [ReturnType<typeof correctComparisons>[number]]
    const shows = (splits: number): boolean => {
      const error = Math.sqrt((1 / splits + 50 / 450) * raw.chance.single!)
      const times = studentQuantile(0.975, splits - 1) + studentQuantile(0.8, splits - 1)
      return Math.abs(raw.difference) >= times * error
    }
    expect(detectable).toBeGreaterThan(0)
    expect(needed.rows).toBeUndefined()
    expect(needed.seeds === undefined ? !shows(100) : shows(needed.seeds) && !shows(needed.seeds - 1)).toBe(true)
  })
})
