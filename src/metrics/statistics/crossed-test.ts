import { sumRows } from '../example-statistics.ts'
import type { ExampleStatistics } from '../metric.ts'
import type { Interval } from './intervals.ts'
import { joinSeeds } from './join-seeds.ts'
import { normalQuantile, normalTail } from './normal-quantile.ts'
import { resampledSums, type Scorer } from './resampling.ts'
import { studentQuantile, studentTail } from './student-t.ts'

/** Where the chance in a difference between two arms comes from. */
export interface DifferenceChance {
  /** Variance of the arms' scores over their seeds, each divided by its number of seeds and added up; `undefined` with one seed. */
  readonly seeds: number | undefined
  /** Variance of the difference from what test rows do to all seeds alike; with one seed from all that rows do. */
  readonly rows: number
}

/** One test of a difference that takes seeds and test rows as samples, both. */
export interface CrossedTest {
  /** Mean score of the arm's seeds minus the baseline's. */
  readonly difference: number
  readonly standardError: number
  /** Degrees of freedom; infinite where the seeds add nothing, and with one seed. */
  readonly df: number
  /** Two-sided. */
  readonly p: number
  /** Of the difference; it leaves out 0 exactly when p is below 1 - level. */
  readonly interval: Interval
  readonly chance: DifferenceChance
  readonly seeds: { readonly arm: number; readonly baseline: number }
  readonly rows: number
}

export interface CrossedTestOptions {
  /** Which score of the metric. */
  readonly field: string
  /** Resamples of the rows; with 10,000 a p near 0.05 is known to a tenth of itself. @default 10000 */
  readonly samples?: number
  /** The same seed gives the same result on every machine. @default 12345 */
  readonly seed?: number
  /** Coverage of the interval. @default 0.95 */
  readonly level?: number
}

/**
 * Tests whether two arms differ, when each was taught with several seeds and all answered the same test rows.
 *
 *   d         mean score of the arm's seeds minus the baseline's
 *   sA², sB²  variance of each arm's score over its seeds
 *   J         variance of d over resampled rows, every drawn row taken for all seeds of both arms at once
 *   b         mean over seeds of the variance of that seed's difference over resampled rows
 *   rows = max(0, (S·J - b) / (S - 1))     what rows do to all seeds alike
 *   seeds = (sA² + sB²) / S                var = seeds + rows
 *   t = d / √var                           df = var² / (seeds² / (2 (S - 1)))
 *
 * Where the arms have unlike numbers of seeds, what rows do to single seeds comes from each seed's deviation from its
 * arm's mean. With one seed of either arm nothing is known of another seed: `var` is J, and the test speaks of the rows
 * alone.
 *
 * @throws {RangeError} if an arm has no seed, or the arms have not answered the same rows
 * Source: Obuchowski and Rockette 1995, degrees of freedom by Hillis 2007; with bootstrap variances, so that it holds for
 * scores that are no means (BLEU, F1).
 */
export function crossedTest(
  scorer: Scorer,
  arm: readonly ExampleStatistics[],
  baseline: readonly ExampleStatistics[],
  { field, samples = 10_000, seed = 12345, level = 0.95 }: CrossedTestOptions,
): CrossedTest {
  const seeds = { arm: arm.length, baseline: baseline.length }
  const joined = joinSeeds([...arm, ...baseline])
  if (arm.length === 0 || baseline.length === 0) throw new RangeError('Cannot compare arms without a seed')
  const width = joined.width / (seeds.arm + seeds.baseline)
  const scoresOf = (sums: Float64Array): ArmScores => {
    const scores = Array.from({ length: seeds.arm + seeds.baseline }, (_, at) => {
      return scorer.scoreSums(sums.subarray(at * width, (at + 1) * width), joined.rows)[field]!
    })
    return { arm: scores.slice(0, seeds.arm), baseline: scores.slice(seeds.arm) }
  }
  const observed = scoresOf(sumRows(joined))
  const difference = mean(observed.arm) - mean(observed.baseline)
  const resampled = Array.from(resampledSums(joined, { samples, seed }), scoresOf)
  const chance = { seeds: chanceOfSeeds(observed), rows: chanceOfRows(resampled, seeds) }
  return { difference, ...decide(difference, chance, seeds, level), chance, seeds, rows: joined.rows }
}

/** Scores of each arm, seed by seed. */
interface ArmScores {
  readonly arm: readonly number[]
  readonly baseline: readonly number[]
}

function chanceOfSeeds({ arm, baseline }: ArmScores): number | undefined {
  if (arm.length < 2 || baseline.length < 2) return undefined
  return variance(arm) / arm.length + variance(baseline) / baseline.length
}

function chanceOfRows(resampled: readonly ArmScores[], seeds: { arm: number; baseline: number }): number {
  const joint = variance(resampled.map(({ arm, baseline }) => mean(arm) - mean(baseline)))
  if (seeds.arm < 2 || seeds.baseline < 2) return joint
  if (seeds.arm === seeds.baseline) {
    const single = mean(
      Array.from({ length: seeds.arm }, (_, at) =>
        variance(resampled.map(({ arm, baseline }) => arm[at]! - baseline[at]!)),
      ),
    )
    return Math.max(0, (seeds.arm * joint - single) / (seeds.arm - 1))
  }
  const ofSingleSeeds = (['arm', 'baseline'] as const).map((side) => {
    const deviations = Array.from({ length: seeds[side] }, (_, at) =>
      variance(resampled.map((scores) => scores[side][at]! - mean(scores[side]))),
    )
    return mean(deviations) / (seeds[side] - 1)
  })
  return Math.max(0, joint - ofSingleSeeds[0]! - ofSingleSeeds[1]!)
}

function decide(
  difference: number,
  { seeds: ofSeeds = 0, rows }: DifferenceChance,
  seeds: { readonly arm: number; readonly baseline: number },
  level: number,
): Pick<CrossedTest, 'standardError' | 'df' | 'p' | 'interval'> {
  const total = ofSeeds + rows
  const standardError = Math.sqrt(total)
  const estimated = (total / ofSeeds) ** 2 * (seeds.arm + seeds.baseline - 2)
  // Seeds that differ in the last bits only add nothing either.
  const df = estimated < 1e6 ? estimated : Number.POSITIVE_INFINITY
  const t = difference === 0 ? 0 : Math.abs(difference) / standardError
  const isNormal = df === Number.POSITIVE_INFINITY
  const half = standardError * (isNormal ? normalQuantile : studentQuantile)((1 + level) / 2, df)
  const tail = isNormal ? normalTail(t) : studentTail(t, df)
  return { standardError, df, p: 2 * tail, interval: { low: difference - half, high: difference + half } }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** With n - 1 below. */
function variance(values: readonly number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
}
