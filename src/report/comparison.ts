import { smallestDetectableDifference } from '../metrics/detectable-difference.ts'
import type { ExampleStatistics } from '../metrics/example-statistics.ts'
import { holmCorrection } from '../metrics/holm.ts'
import type { Interval } from '../metrics/intervals.ts'
import { mcNemarTest } from '../metrics/mcnemar.ts'
import { approximateRandomisation, pairedBootstrap, type Scorer } from '../metrics/resampling.ts'

/** One arm's statistics on one metric: the same examples in the same order, once a seed. */
export interface ArmStatistics {
  readonly seeds: readonly ExampleStatistics[]
}

/** How an arm's score differs from the baseline's. */
export interface Comparison {
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
}

export interface ComparisonOptions {
  /** Which score of the metric. */
  readonly field: string
  /** Level of the test after correction. @default 0.05 */
  readonly alpha?: number
  /** @default 2000 */
  readonly samples?: number
}

/**
 * Compares arms with their baselines on the same test examples.
 *
 * Examples are swapped (or drawn) for all seeds of an arm at once, as the answers of several seeds to one example are
 * not independent; the score of a resample is the mean over seeds. With one seed and a share of right answers the test
 * is McNemar's, which is exact. An arm is **separable** when its corrected p is below `alpha` and all seeds agree on the
 * sign: the first guards against chance in the test rows, the second against chance in the seed.
 *
 * @param pairs each arm with its baseline; seeds are paired by position
 */
export function compareArms(
  scorer: Scorer,
  pairs: readonly { readonly arm: ArmStatistics; readonly baseline: ArmStatistics }[],
  options: ComparisonOptions,
): Comparison[] {
  const { field, alpha = 0.05, samples = 2000 } = options
  const raw = pairs.map(({ arm, baseline }) => {
    const seeds = Math.min(arm.seeds.length, baseline.seeds.length)
    const a = joinSeeds(baseline.seeds.slice(0, seeds))
    const b = joinSeeds(arm.seeds.slice(0, seeds))
    const joined = meanOverSeeds(scorer, seeds, a.width / seeds)
    const bootstrap = pairedBootstrap(joined, a, b, { samples })[field]!
    const exact = seeds === 1 && field === 'exact'
    const p = exact
      ? mcNemarTest(column(a, 0), column(b, 0)).p
      : approximateRandomisation(joined, a, b, { samples })[field]!.p
    const differences = Array.from({ length: seeds }, (_, seed) => {
      const score = (of: ExampleStatistics): number => scorer.scoreSums(columnSums(of), of.rows)[field]!
      return score(arm.seeds[seed]!) - score(baseline.seeds[seed]!)
    })
    return {
      difference: differences.reduce((sum, value) => sum + value, 0) / seeds,
      interval: { low: bootstrap.difference.low, high: bootstrap.difference.high },
      p,
      seedsAgree: differences.every((value) => value > 0) || differences.every((value) => value < 0),
      detectable: smallestDetectableDifference(bootstrap.standardError, alpha),
    }
  })
  const corrected = holmCorrection(raw.map(({ p }) => p))
  return raw.map((comparison, index) => {
    const p = corrected[index]!
    return { ...comparison, p, separable: p < alpha && comparison.seedsAgree }
  })
}

/** The seeds' statistics side by side, so that one draw of an example takes it from every seed. */
function joinSeeds(seeds: readonly ExampleStatistics[]): ExampleStatistics {
  const { rows, width } = seeds[0]!
  const values = new Float64Array(rows * width * seeds.length)
  for (const [seed, of] of seeds.entries()) {
    if (of.rows !== rows || of.width !== width) throw new RangeError('Cannot join statistics of unlike examples')
    for (let row = 0; row < rows; row++) {
      values.set(of.values.subarray(row * width, (row + 1) * width), (row * seeds.length + seed) * width)
    }
  }
  return { rows, width: width * seeds.length, values }
}

function meanOverSeeds(scorer: Scorer, seeds: number, width: number): Scorer {
  return {
    fields: scorer.fields,
    best: scorer.best,
    scoreSums(sums, examples) {
      const scores = Array.from({ length: seeds }, (_, seed) =>
        scorer.scoreSums(sums.slice(seed * width, (seed + 1) * width), examples),
      )
      return Object.fromEntries(
        scorer.fields.map((field) => [field, scores.reduce((sum, score) => sum + score[field]!, 0) / seeds]),
      )
    },
  }
}

function column({ rows, width, values }: ExampleStatistics, index: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => values[row * width + index]!)
}

function columnSums({ rows, width, values }: ExampleStatistics): Float64Array {
  const sums = new Float64Array(width)
  for (let at = 0; at < rows * width; at++) sums[at % width]! += values[at]!
  return sums
}
