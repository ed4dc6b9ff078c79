import type { ExampleStatistics } from '../metric.ts'
import { type CrossedTest, crossedTest, type Side } from './crossed-test.ts'
import { holmCorrection } from './holm.ts'
import { resampledSplitsTest, type SplitAnswers } from './resampled-splits-test.ts'
import type { Scorer } from './resampling.ts'
import { detectableDifference, leastRows, type NeededSample, neededSample } from './sample-size.ts'

/** How an arm's score differs from the baseline's: one test of seeds and test rows, corrected over its table. */
export interface Comparison extends CrossedTest {
  /** Of this comparison alone, as its interval is. */
  readonly uncorrected: number
  /** Corrected by Holm over the comparisons that are read together. */
  readonly p: number
  /** How many those are. */
  readonly comparisons: number
  /** Whether p is below the level. With one seed it speaks of these rows alone. */
  readonly differs: boolean
  /** Whether the arms differ, whatever the seed: p is below the level, and both arms have two seeds at least. */
  readonly separable: boolean
  /** The smallest true difference that four of five such studies would have shown, after the correction; infinite where rows are too few for any. */
  readonly detectable: number
  /** What would show a true difference of the size that was found. */
  readonly needed: NeededSample
}

/** A comparison by itself: its p is not corrected, so that nothing is decided. */
export type RawComparison = CrossedTest

/** Level of every verdict, after correction. */
const alpha = 0.05

/**
 * Compares an arm with its baseline on the same test rows. Their seeds need be neither paired nor equally many.
 *
 * @param arm, baseline once a seed: the statistics of the same rows in the same order
 * @param fixed sides that were not taught, of which all seeds are one model
 */
export function compareArm(
  scorer: Scorer,
  { arm, baseline }: { readonly arm: readonly ExampleStatistics[]; readonly baseline: readonly ExampleStatistics[] },
  field: string,
  fixed: readonly Side[] = [],
): RawComparison {
  return crossedTest(scorer, arm, baseline, { field, level: 1 - alpha, fixed })
}

/**
 * Compares an arm with its baseline on several splits of one data set.
 *
 * @param overlap test rows of a split divided by its training rows
 */
export function compareOnSplits(
  scorer: Scorer,
  splits: readonly SplitAnswers[],
  { field, overlap }: { readonly field: string; readonly overlap: number },
): RawComparison {
  return resampledSplitsTest(scorer, splits, { field, overlap, level: 1 - alpha })
}

/**
 * Corrects comparisons that are read together by Holm, and decides: arms differ where the corrected p is below the level.
 *
 * @param level of the test after correction. @default 0.05
 */
export function correctComparisons(raw: readonly RawComparison[], level = alpha): Comparison[] {
  const corrected = holmCorrection(raw.map(({ p }) => p))
  // Holm's first step asks this of the smallest p, so that it is enough in any case.
  const first = level / raw.length
  return raw.map((test, index) => {
    const p = corrected[index]!
    const { difference, df, chance, seeds, rows, splits } = test
    const differs = p < level
    return {
      ...test,
      uncorrected: test.p,
      p,
      comparisons: raw.length,
      differs,
      separable: differs && df !== undefined,
      detectable: detectable(test, first),
      needed: neededSample(difference, chance, { seeds, rows, splits, alpha: first }),
    }
  })
}

function detectable({ standardError, df, rows }: RawComparison, alpha: number): number {
  if (rows < leastRows(alpha)) return Number.POSITIVE_INFINITY
  // Scores that no drawing changes say nothing of how much others would.
  return standardError === 0 ? Number.NaN : detectableDifference(standardError, df, alpha)
}
