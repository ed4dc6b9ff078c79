import { isListOf, oneOf, refuseArguments } from '../../base/fault.ts'
import { statisticsKind, sumRows } from '../example-statistics.ts'
import type { ExampleStatistics } from '../metric.ts'
import type { Interval } from './intervals.ts'
import { joinSeeds } from './join-seeds.ts'
import { mean, variance } from './mean.ts'
import { normalQuantile, normalTail } from './normal-quantile.ts'
import { exceedance, resampledSums, resamplingKinds, type Scorer, scorerKind, swappedSums } from './resampling.ts'
import { studentQuantile, studentTail } from './student-t.ts'

/** Where the chance in a difference between two arms comes from. */
export interface DifferenceChance {
  /** Variance of the arms' scores over their seeds, each divided by its number of seeds and added up; `undefined` with one seed. */
  readonly seeds: number | undefined
  /** Variance of the difference from what test rows do to all seeds alike; with one seed from all that rows do. */
  readonly rows: number
  /** Variance of the difference between one seed of each arm, over seeds; `undefined` with one seed. */
  readonly single: number | undefined
  /** The part of `single` that more rows would take away: what one seed does on one row. */
  readonly both: number
}

/** One test of a difference that takes seeds and test rows as samples, both. */
export interface CrossedTest {
  /** Mean score of the arm's seeds minus the baseline's. */
  readonly difference: number
  readonly standardError: number
  /** Degrees of freedom, at most 10⁶, which is the normal distribution; `undefined` with one seed, where only rows are tested. */
  readonly df: number | undefined
  /** Two-sided. */
  readonly p: number
  /** Of the difference; it leaves out 0 exactly when p is below 1 - level. */
  readonly interval: Interval
  readonly chance: DifferenceChance
  readonly seeds: { readonly arm: number; readonly baseline: number }
  readonly rows: number
  /** How many splits of one data set were tested, each with a seed and rows of its own; `rows` are those of one. */
  readonly splits?: number
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
  /** Sides that were not taught, such as a rule or a start as it is: they have no chance of seeds. @default none */
  readonly fixed?: readonly Side[]
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
 * arm's mean, and 2 (S - 1) is the sum of the degrees of freedom of the arms that were taught. With one seed of either arm nothing is known of
 * another seed: `var` is J, and the test speaks of the rows alone.
 *
 * A handful of rows that all agree have no spread and are no proof: where the arms answer n rows otherwise they give no p below
 * 2^(1 - n), the smallest that swapping the arms' answers could give, and the interval is as wide as that p says.
 *
 * Where a resample may lack what a score is made of, such as all rows of a label, its spread is too small: it does not hold that this
 * label's only row could have been answered otherwise. Of such scores p is at least what swapping the arms' answers gives.
 *
 * @throws {RangeError} if an arm has no seed, or the arms have not answered the same rows
 * Source: Obuchowski and Rockette 1995, degrees of freedom by Hillis 2007; with bootstrap variances, so that it holds for
 * scores that are no means (BLEU, F1).
 */
export function crossedTest(
  scorer: Scorer,
  arm: readonly ExampleStatistics[],
  baseline: readonly ExampleStatistics[],
  options: CrossedTestOptions,
): CrossedTest {
  refuseArguments({ scorer, arm, baseline }, { scorer: scorerKind, arm: seedsKind, baseline: seedsKind })
  const kinds = { field: oneOf(scorer.fields), fixed: sidesKind, ...resamplingKinds } as const
  refuseArguments({ options }, { options: { fields: kinds } })
  const { field, samples = 10_000, seed = 12345, level = 0.95, fixed = [] } = options
  const seeds = { arm: arm.length, baseline: baseline.length }
  const joined = joinSeeds([...arm, ...baseline])
  if (arm.length === 0 || baseline.length === 0) throw new RangeError('Cannot compare arms without a seed')
  const whole = sumRows(joined)
  const { ofAll, ofDrawn } = armScorers(scorer, field, { seeds, rows: joined.rows, whole })
  const observed = ofAll(whole)
  const difference = differenceOf(observed)
  let lacksSome = false
  const resampled = Array.from(resampledSums(joined, { samples, seed }), (sums) => {
    const { scores, lacks } = ofDrawn(sums)
    lacksSome ||= lacks
    return scores
  })
  const taught = sides.filter((side) => !fixed.includes(side))
  const freedom = taught.reduce((sum, side) => sum + seeds[side] - 1, 0)
  const chance = taught.some((side) => seeds[side] < 2)
    ? { seeds: undefined, rows: jointVariance(resampled), single: undefined, both: 0 }
    : { ...chanceOfSeeds(observed, taught), ...chanceOfRows(resampled, seeds, taught) }
  const total = (chance.seeds ?? 0) + chance.rows
  const df = chance.seeds === undefined ? undefined : crossedDf(total, chance.seeds, freedom)
  const { rows } = joined
  const differing = countDiffering(joined, seeds)
  let test = decide(difference, Math.sqrt(total), df, level)
  test = asFewRowsMay(test, { difference, rows, differing, level, best: scorer.best })
  if (lacksSome && test.p < swapsBelow) {
    const swapped = swappedSums(joined, swapArms(joined, seeds), { samples, seed })
    const far = Float64Array.from(swapped, (sums) => Math.abs(differenceOf(ofAll(sums))))
    test = noLessThan(test, exceedance(far, Math.abs(difference), scorer.best), { difference, level })
  }
  return { difference, ...test, chance, seeds, rows }
}

const seedsKind = { is: isListOf(statisticsKind.is), words: "a list of what a metric's statistics() gives, one a seed" }

/** A p that no verdict hangs on is left as it is. */
const swapsBelow = 0.2

/** Scores of each arm, seed by seed. */
interface ArmScores {
  readonly arm: readonly number[]
  readonly baseline: readonly number[]
}

export type Side = keyof ArmScores
const sides = ['arm', 'baseline'] as const satisfies readonly Side[]
const sidesKind = {
  is: isListOf((side) => sides.includes(side as Side)),
  words: 'a list of "arm" and "baseline"',
  optional: true,
} as const

function differenceOf({ arm, baseline }: ArmScores): number {
  return mean(arm) - mean(baseline)
}

/** What is joined of the arms' seeds, and how. */
interface Joined {
  readonly seeds: Readonly<Record<Side, number>>
  readonly rows: number
  /** Sums over all rows, seed by seed. */
  readonly whole: Float64Array
}

/** Scores of all rows, and of drawn ones, which may lack what some of a score is made of. */
function armScorers(scorer: Scorer, field: string, { seeds, rows, whole }: Joined) {
  const count = seeds.arm + seeds.baseline
  const width = whole.length / count
  const bySeed = (score: (of: (sums: Float64Array) => Float64Array) => number): ArmScores => {
    const scores = Array.from({ length: count }, (_, at) =>
      score((sums) => sums.subarray(at * width, (at + 1) * width)),
    )
    return { arm: scores.slice(0, seeds.arm), baseline: scores.slice(seeds.arm) }
  }
  const ofAll = (sums: Float64Array): ArmScores => bySeed((own) => scorer.scoreSums(own(sums), rows)[field]!)
  const ofDrawn = (sums: Float64Array): { scores: ArmScores; lacks: boolean } => {
    const scores = ofAll(sums)
    if (scorer.scoreDrawn === undefined) return { scores, lacks: false }
    const drawn = bySeed((own) => scorer.scoreDrawn!(own(sums), rows, own(whole))[field]!)
    const lacks = sides.some((side) => drawn[side].some((one, at) => one !== scores[side][at]))
    return { scores: drawn, lacks }
  }
  return { ofAll, ofDrawn }
}

/** The joined statistics with the arms' answers to every row swapped; where one has fewer seeds these are taken in turn. */
function swapArms(
  { rows, width, values }: ExampleStatistics,
  seeds: Readonly<Record<Side, number>>,
): ExampleStatistics {
  const own = width / (seeds.arm + seeds.baseline)
  const swapped = new Float64Array(values.length)
  const from = [
    ...Array.from({ length: seeds.arm }, (_, at) => seeds.arm + (at % seeds.baseline)),
    ...Array.from({ length: seeds.baseline }, (_, at) => at % seeds.arm),
  ]
  for (let row = 0; row < rows; row++) {
    const begin = row * width
    from.forEach((other, at) => {
      swapped.set(values.subarray(begin + other * own, begin + (other + 1) * own), begin + at * own)
    })
  }
  return { rows, width, values: swapped }
}

/** How many rows the arms answer otherwise, in the mean over their seeds: to swap their answers to the others changes next to nothing. */
function countDiffering({ rows, width, values }: ExampleStatistics, seeds: Readonly<Record<Side, number>>): number {
  const own = width / (seeds.arm + seeds.baseline)
  let count = 0
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < own; column++) {
      let [arm, baseline] = [0, 0]
      for (let at = 0; at < seeds.arm + seeds.baseline; at++) {
        const value = values[row * width + at * own + column]!
        if (at < seeds.arm) arm += value
        else baseline += value
      }
      if (arm * seeds.baseline === baseline * seeds.arm) continue
      count++
      break
    }
  }
  return count
}

function chanceOfSeeds(observed: ArmScores, taught: readonly Side[]): { seeds: number; single: number } {
  const variances = taught.map((side) => variance(observed[side]))
  const seeds = taught.reduce((sum, side, at) => sum + variances[at]! / observed[side].length, 0)
  return { seeds, single: variances.reduce((sum, one) => sum + one, 0) }
}

function jointVariance(resampled: readonly ArmScores[]): number {
  return variance(resampled.map(({ arm, baseline }) => mean(arm) - mean(baseline)))
}

function chanceOfRows(
  resampled: readonly ArmScores[],
  seeds: Readonly<Record<Side, number>>,
  taught: readonly Side[],
): { rows: number; both: number } {
  const joint = jointVariance(resampled)
  if (taught.length === 2 && seeds.arm === seeds.baseline) {
    const single = mean(
      Array.from({ length: seeds.arm }, (_, at) =>
        variance(resampled.map(({ arm, baseline }) => arm[at]! - baseline[at]!)),
      ),
    )
    const rows = Math.max(0, (seeds.arm * joint - single) / (seeds.arm - 1))
    return { rows, both: Math.max(0, single - rows) }
  }
  const ofOneSeed = taught.map((side) => {
    const deviations = Array.from({ length: seeds[side] }, (_, at) =>
      variance(resampled.map((scores) => scores[side][at]! - mean(scores[side]))),
    )
    return (mean(deviations) * seeds[side]) / (seeds[side] - 1)
  })
  const inMeans = taught.reduce((sum, side, at) => sum + ofOneSeed[at]! / seeds[side], 0)
  return { rows: Math.max(0, joint - inMeans), both: ofOneSeed.reduce((sum, one) => sum + one, 0) }
}

/** What a test says of a difference. */
type Decision = Pick<CrossedTest, 'standardError' | 'df' | 'p' | 'interval'>

/** The t test of a difference, with `df` `undefined` the z test. */
export function decide(difference: number, standardError: number, df: number | undefined, level: number): Decision {
  const t = difference === 0 ? 0 : Math.abs(difference) / standardError
  return { standardError, df, p: 2 * tail(t, df), interval: around(difference, standardError * critical(level, df)) }
}

/**
 * Degrees of freedom of a variance of which the part `ofSeeds` is estimated from seeds with `freedom` degrees; at most
 * 10⁶, which is as good as infinite: seeds that differ in the last bits only add nothing.
 */
export function crossedDf(total: number, ofSeeds: number, freedom: number): number {
  return ofSeeds === 0 ? normalFrom : Math.min((total / ofSeeds) ** 2 * freedom, normalFrom)
}

/** The t, or with so many degrees of freedom the z, below which the share `p` lies. */
export function quantile(p: number, df: number | undefined): number {
  return df === undefined || df >= normalFrom ? normalQuantile(p) : studentQuantile(p, df)
}

const normalFrom = 1e6

function critical(level: number, df: number | undefined): number {
  return quantile((1 + level) / 2, df)
}

function tail(t: number, df: number | undefined): number {
  return df === undefined || df >= normalFrom ? normalTail(t) : studentTail(t, df)
}

function around(difference: number, half: number): Interval {
  return { low: difference - half, high: difference + half }
}

/**
 * Where the rows that arms answer otherwise are so few that their agreement shows less than their spread says.
 *
 * @param differing how many these are
 */
export function asFewRowsMay(
  test: Decision,
  {
    difference,
    rows,
    differing,
    level,
    best,
  }: { difference: number; rows: number; differing: number; level: number; best: number },
): Decision {
  // One row has no spread at all: the difference may be any.
  if (rows < 2) return { ...test, standardError: best, p: 1, interval: { low: -best, high: best } }
  // Of 50 rows it is below what a number near 1 can hold.
  return differing >= 50 ? test : noLessThan(test, 2 ** (1 - Math.max(1, differing)), { difference, level })
}

/** A test whose p is at least this, and whose interval is as wide as that says: of a p above ½, as ½ says. */
function noLessThan(
  test: Decision,
  least: number,
  { difference, level }: { readonly difference: number; readonly level: number },
): Decision {
  if (test.p >= least) return test
  const wide = Math.abs(difference) / quantile(1 - Math.min(least, 0.5) / 2, test.df)
  const standardError = Math.max(test.standardError, wide)
  return { ...test, standardError, p: least, interval: around(difference, standardError * critical(level, test.df)) }
}
