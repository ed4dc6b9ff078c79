import { sumRows } from '../example-statistics.ts'
import type { ExampleStatistics } from '../metric.ts'
import { smallestDetectableDifference } from './detectable-difference.ts'
import { holmCorrection } from './holm.ts'
import { type Interval, pairedTTest } from './intervals.ts'
import { joinSeeds } from './join-seeds.ts'
import { mcNemarTest } from './mcnemar.ts'
import { approximateRandomisation, pairedBootstrap, type Scorer } from './resampling.ts'
import { type DifferenceVariance, differenceVariance } from './sample-size.ts'

/** One arm's statistics on one metric: the same examples in the same order, once a seed. */
export interface ArmStatistics {
  readonly seeds: readonly ExampleStatistics[]
}

/** How an arm's score differs from the baseline's. */
export interface Comparison {
  /** Seeds of both arms that were compared. */
  readonly seeds: number
  /** Mean over seeds of arm - baseline. */
  readonly difference: number
  /** Of the difference, over resampled examples: 95 %. */
  readonly interval: Interval
  /** Two-sided, by swapping examples; corrected over the table by Holm. */
  readonly p: number
  /** Whether every seed's difference has the same sign. */
  readonly seedsAgree: boolean
  readonly separable: boolean
  /** The smallest difference that these examples would have shown in four of five such studies. */
  readonly detectable: number
  /** The t interval of the difference over seeds, and its test's p, corrected by Holm as well; absent with one seed. */
  readonly overSeeds: (Interval & { readonly p: number }) | undefined
  /** How much of the chance in the difference is the examples' and how much the seeds'. */
  readonly variance: DifferenceVariance
}

/** A comparison by itself: p-values are not corrected yet, so that nothing is decided. */
export type RawComparison = Omit<Comparison, 'separable'>

export interface ComparisonOptions {
  /** Which score of the metric. */
  readonly field: string
  /** Level of the test after correction. @default 0.05 */
  readonly alpha?: number
  /** @default 2000 */
  readonly samples?: number
}

/**
 * Compares an arm with its baseline on the same test examples.
 *
 * Examples are swapped (or drawn) for all seeds of an arm at once, as the answers of several seeds to one example are
 * not independent; the score of a resample is the mean over seeds. With one seed and a share of right answers the test
 * is McNemar's, which is exact.
 *
 * @param arm, baseline seeds are paired by position
 */
export function compareArm(
  scorer: Scorer,
  { arm, baseline }: { readonly arm: ArmStatistics; readonly baseline: ArmStatistics },
  { field, alpha = 0.05, samples = 2000 }: ComparisonOptions,
): RawComparison {
  const seeds = Math.min(arm.seeds.length, baseline.seeds.length)
  const a = joinSeeds(baseline.seeds.slice(0, seeds))
  const b = joinSeeds(arm.seeds.slice(0, seeds))
  const joined = meanOverSeeds(scorer, field, seeds, a.width / seeds)
  const bootstrap = pairedBootstrap(joined, a, b, { samples })
  const { difference: interval, standardError } = bootstrap.mean!
  const exact = seeds === 1 && field === 'exact'
  const p = exact
    ? mcNemarTest(column(a, 0), column(b, 0)).p
    : approximateRandomisation(joined, a, b, { samples }).mean!.p
  const scores = (of: ExampleStatistics): Record<string, number> => joined.scoreSums(sumRows(of), of.rows)
  const [ofBaseline, ofArm] = [scores(a), scores(b)]
  const names = joined.fields.slice(1)
  const before = names.map((name) => ofBaseline[name]!)
  const after = names.map((name) => ofArm[name]!)
  const differences = after.map((score, seed) => score - before[seed]!)
  return {
    seeds,
    difference: differences.reduce((sum, value) => sum + value, 0) / seeds,
    interval: { low: interval.low, high: interval.high },
    p,
    seedsAgree: differences.every((value) => value > 0) || differences.every((value) => value < 0),
    detectable: smallestDetectableDifference(standardError, alpha),
    overSeeds: seeds < 2 ? undefined : seedTest(before, after),
    variance: differenceVariance(
      differences,
      names.map((name) => bootstrap[name]!.standardError),
      standardError,
      a.rows,
    ),
  }
}

/**
 * Corrects the comparisons of one table by Holm and decides.
 *
 * An arm is **separable** when its corrected p is below `alpha` and all seeds agree on the sign: the first guards
 * against chance in the test rows, the second against chance in the seed. `overSeeds` tells how far the second goes:
 * whether the seeds' differences are as large as their spread says that they must be.
 *
 * @param alpha level of the test after correction
 */
export function correctComparisons(raw: readonly RawComparison[], alpha = 0.05): Comparison[] {
  const corrected = holmCorrection(raw.map(({ p }) => p))
  const tested = raw.flatMap(({ overSeeds }) => overSeeds ?? [])
  const correctedOverSeeds = holmCorrection(tested.map(({ p }) => p))
  return raw.map((comparison, index) => {
    const p = corrected[index]!
    const { overSeeds } = comparison
    return {
      ...comparison,
      p,
      separable: p < alpha && comparison.seedsAgree,
      overSeeds: overSeeds && { ...overSeeds, p: correctedOverSeeds[tested.indexOf(overSeeds)]! },
    }
  })
}

function seedTest(before: readonly number[], after: readonly number[]): Interval & { readonly p: number } {
  const { low, high, p } = pairedTTest(before, after)
  return { low, high, p }
}

/** The fields of the joined statistics: the mean over seeds of one score, and then each seed's. */
function meanOverSeeds(scorer: Scorer, field: string, seeds: number, width: number): Scorer {
  const names = Array.from({ length: seeds }, (_, seed) => `seed ${seed}`)
  return {
    fields: ['mean', ...names],
    best: scorer.best,
    scoreSums(sums, examples) {
      const scores = names.map(
        (_, seed) => scorer.scoreSums(sums.subarray(seed * width, (seed + 1) * width), examples)[field]!,
      )
      const mean = scores.reduce((sum, score) => sum + score, 0) / seeds
      return { mean, ...Object.fromEntries(names.map((name, seed) => [name, scores[seed]!])) }
    },
  }
}

function column({ rows, width, values }: ExampleStatistics, index: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => values[row * width + index]!)
}
