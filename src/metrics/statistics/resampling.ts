import { type FieldKinds, given, refuseArguments } from '../../base/fault.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import { statisticsKind } from '../example-statistics.ts'
import type { ExampleStatistics, Metric } from '../metric.ts'
import type { Interval } from './intervals.ts'
import { mean, variance } from './mean.ts'

/** The part of a metric that resampling needs; it never sees a text. */
export type Scorer = Pick<Metric<never>, 'fields' | 'best' | 'scoreSums' | 'scoreDrawn'>

/** Their scores are kept: a number for each. */
const mostSamples = 1e8

export interface ResamplingOptions {
  /** @default 1000 for the bootstrap, 10000 for randomisation, as in sacreBLEU */
  readonly samples?: number
  /** The same seed gives the same result on every machine. @default 12345, as in sacreBLEU */
  readonly seed?: number
  /** Coverage of the intervals. @default 0.95 */
  readonly level?: number
}

/** Of functions of the library. */
export const scorerKind = given('a metric, as bleuMetric() gives', 'fields', 'best', 'scoreSums')

export const resamplingKinds = {
  samples: {
    is: (value) => Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= mostSamples,
    words: `a whole number of 1 to ${mostSamples}`,
    optional: true,
  },
  seed: { is: Number.isSafeInteger, words: 'a whole number', optional: true },
  level: 'share?',
} as const satisfies FieldKinds<ResamplingOptions>

export interface BootstrapInterval extends Interval {
  /** Mean over the resamples. */
  readonly mean: number
}

export interface PairedBootstrap {
  readonly a: BootstrapInterval
  readonly b: BootstrapInterval
  /** Of score(b) - score(a). */
  readonly difference: BootstrapInterval
  /** Standard deviation of the difference over the resamples. */
  readonly standardError: number
  /** sacreBLEU's, which is one-sided by its construction. */
  readonly p: number
  /** How often a difference is as far from the resamples' mean as the observed one is from 0, on either side. */
  readonly twoSidedP: number
}

export interface RandomisationTest {
  /** score(b) - score(a) */
  readonly difference: number
  /** Two-sided. */
  readonly p: number
}

/**
 * Percentile intervals of every field: examples are drawn with replacement, as many as there are, and scored again.
 *
 * @throws {RangeError} if there are no examples
 * Source: Efron 1979; for BLEU Koehn 2004. The ends are the order statistics that sacreBLEU takes.
 */
export function bootstrapIntervals(
  metric: Scorer,
  statistics: ExampleStatistics,
  options: ResamplingOptions = {},
): Record<string, BootstrapInterval> {
  refuseArguments(
    { metric, statistics, options },
    { metric: scorerKind, statistics: statisticsKind, options: { fields: resamplingKinds } },
  )
  const { samples, draw, level } = bootstrap(statistics, options)
  const scores = fieldSamples(metric, samples)
  const scoreOf = drawnScorer(metric, statistics)
  for (let sample = 0; sample < samples; sample++) put(scores, sample, scoreOf(draw()))
  return mapFields(scores, (values) => percentiles(values, level))
}

/**
 * Paired bootstrap of two systems on the same examples.
 *
 *   d* = score(b*) - score(a*) on the same drawn examples
 *   p = (1 + #{|d*| - mean |d*| ≥ |d|}) / (1 + samples)        sacreBLEU's
 *   twoSidedP = (1 + #{|d* - mean d*| ≥ |d|}) / (1 + samples)
 *
 * The first sets the sizes of the differences against their mean size. Where systems differ the sizes are the differences
 * themselves, and only those that are larger than their mean count: one side, so that it comes out about half as large.
 *
 * Source: Koehn 2004, with the p-value of sacreBLEU's `_paired_bs_test` (goldens: paired.json), where ties count
 * against a difference: systems that answer alike get 1, not 1 / (1 + samples).
 * @throws {RangeError} if the systems have not scored the same number of examples
 */
export function pairedBootstrap(
  metric: Scorer,
  a: ExampleStatistics,
  b: ExampleStatistics,
  options: ResamplingOptions = {},
): Record<string, PairedBootstrap> {
  checkPair(metric, a, b, options)
  const { samples, draw, level } = bootstrap(a, options)
  const ofA = fieldSamples(metric, samples)
  const ofB = fieldSamples(metric, samples)
  const [scoreOfA, scoreOfB] = [drawnScorer(metric, a), drawnScorer(metric, b)]
  for (let sample = 0; sample < samples; sample++) {
    const times = draw()
    put(ofA, sample, scoreOfA(times))
    put(ofB, sample, scoreOfB(times))
  }
  const wholeA = metric.scoreSums(sumDrawn(a), a.rows)
  const wholeB = metric.scoreSums(sumDrawn(b), b.rows)
  return mapFields(ofA, (valuesA, field) => {
    const valuesB = ofB.get(field)!
    const differences = valuesB.map((value, sample) => value - valuesA[sample]!)
    const sizes = differences.map(Math.abs)
    const meanSize = mean(sizes)
    const centred = sizes.map((size) => size - meanSize)
    const observed = Math.abs(wholeB[field]! - wholeA[field]!)
    const meanDifference = mean(differences)
    const distances = differences.map((value) => Math.abs(value - meanDifference))
    return {
      a: percentiles(valuesA, level),
      b: percentiles(valuesB, level),
      difference: percentiles(differences, level),
      standardError: Math.sqrt(variance(differences)),
      p: exceedance(centred, observed, metric.best),
      twoSidedP: exceedance(distances, observed, metric.best),
    }
  })
}

/**
 * Approximate randomisation: if the systems were alike, swapping their answers to any example would change nothing.
 *
 *   p = (1 + #{|d'| ≥ |d|}) / (1 + samples),   d' after swapping each example with probability ½
 *
 * Source: Noreen 1989; Riezler and Maxwell 2005; as sacreBLEU's `_paired_ar_test` (goldens: paired.json), where ties
 * count against a difference: systems that answer alike get 1, not 1 / (1 + samples).
 * @throws {RangeError} if the systems have not scored the same number of examples
 */
export function approximateRandomisation(
  metric: Scorer,
  a: ExampleStatistics,
  b: ExampleStatistics,
  options: ResamplingOptions = {},
): Record<string, RandomisationTest> {
  checkPair(metric, a, b, options)
  const { samples = 10_000 } = options
  const { width } = a
  const sumA = sumDrawn(a)
  const sumB = sumDrawn(b)
  const sizes = fieldSamples(metric, samples)
  const shuffledB = new Float64Array(width)
  let sample = 0
  for (const shuffledA of swappedSums(a, b, { ...options, samples })) {
    for (let column = 0; column < width; column++)
      shuffledB[column] = sumA[column]! + sumB[column]! - shuffledA[column]!
    const scoreA = metric.scoreSums(shuffledA, a.rows)
    const scoreB = metric.scoreSums(shuffledB, b.rows)
    for (const [field, values] of sizes) values[sample] = Math.abs(scoreB[field]! - scoreA[field]!)
    sample++
  }
  const wholeA = metric.scoreSums(sumA, a.rows)
  const wholeB = metric.scoreSums(sumB, b.rows)
  return mapFields(sizes, (values, field) => {
    const difference = wholeB[field]! - wholeA[field]!
    return { difference, p: exceedance(values, Math.abs(difference), metric.best) }
  })
}

/** Sums over as many examples as there are, drawn with replacement, once for each sample. */
export function* resampledSums(statistics: ExampleStatistics, options: ResamplingOptions): Generator<Float64Array> {
  const { samples, draw } = bootstrap(statistics, options)
  for (let sample = 0; sample < samples; sample++) yield sumDrawn(statistics, draw())
}

/**
 * Sums over all examples with each taken from either statistics with probability ½, once for each sample, in the same array.
 *
 * @param swapped the other statistics of the same examples
 */
export function* swappedSums(
  statistics: ExampleStatistics,
  swapped: ExampleStatistics,
  { samples = 10_000, seed = defaultSeed }: ResamplingOptions,
): Generator<Float64Array> {
  const random = seededRandom(seed)
  const whole = sumDrawn(statistics)
  const swaps = differingRows(statistics, swapped)
  const sums = new Float64Array(whole.length)
  for (let sample = 0; sample < samples; sample++) {
    sums.set(whole)
    addSwapped(sums, swaps, random)
    yield sums
  }
}

const defaultSeed = 12345

/** How often each example is drawn; drawing counts makes the sum one pass over the statistics. */
type Times = Int32Array

function bootstrap({ rows }: ExampleStatistics, options: ResamplingOptions) {
  if (rows === 0) throw new RangeError('Cannot resample as there are no examples')
  const { samples = 1000, seed = defaultSeed, level = 0.95 } = options
  const random = seededRandom(seed)
  const times: Times = new Int32Array(rows)
  const draw = () => {
    times.fill(0)
    for (let i = 0; i < rows; i++) times[random.below(rows)]!++
    return times
  }
  return { samples, draw, level }
}

function drawnScorer(metric: Scorer, statistics: ExampleStatistics): (times: Times) => Record<string, number> {
  const { rows } = statistics
  if (metric.scoreDrawn === undefined) return (times) => metric.scoreSums(sumDrawn(statistics, times), rows)
  const whole = sumDrawn(statistics)
  return (times) => metric.scoreDrawn!(sumDrawn(statistics, times), rows, whole)
}

function checkPair(metric: Scorer, a: ExampleStatistics, b: ExampleStatistics, options: ResamplingOptions): void {
  refuseArguments(
    { metric, a, b, options },
    { metric: scorerKind, a: statisticsKind, b: statisticsKind, options: { fields: resamplingKinds } },
  )
  if (a.rows !== b.rows || a.width !== b.width) {
    throw new RangeError(`Cannot pair ${a.rows} examples with ${b.rows}: both systems must answer the same ones`)
  }
}

function sumDrawn({ rows, width, values }: ExampleStatistics, times?: Times): Float64Array {
  const sums = new Float64Array(width)
  let at = 0
  for (let row = 0; row < rows; row++) {
    const count = times === undefined ? 1 : times[row]!
    if (count === 0) at += width
    else for (let column = 0; column < width; column++) sums[column]! += count * values[at++]!
  }
  return sums
}

/** b - a of the examples in which the two differ, row-major `[rows, width]`; swapping the others changes nothing. */
export function differingRows(a: ExampleStatistics, b: ExampleStatistics): ExampleStatistics {
  const { width } = a
  const kept: number[] = []
  for (let row = 0; row < a.rows; row++) {
    for (let at = row * width; at < (row + 1) * width; at++) {
      if (a.values[at] !== b.values[at]) {
        kept.push(row)
        break
      }
    }
  }
  const values = new Float64Array(kept.length * width)
  kept.forEach((row, i) => {
    for (let c = 0; c < width; c++) values[i * width + c] = b.values[row * width + c]! - a.values[row * width + c]!
  })
  return { rows: kept.length, width, values }
}

function addSwapped(sums: Float64Array, { rows, width, values }: ExampleStatistics, random: Random): void {
  let bits = 0
  for (let row = 0; row < rows; row++) {
    if (row % 32 === 0) bits = random.uint32()
    if ((bits >>> (row % 32)) & 1) {
      const at = row * width
      for (let column = 0; column < width; column++) sums[column]! += values[at + column]!
    }
  }
}

type FieldSamples = ReadonlyMap<string, Float64Array>

function fieldSamples(metric: Scorer, samples: number): FieldSamples {
  return new Map(metric.fields.map((field) => [field, new Float64Array(samples)]))
}

function put(scores: FieldSamples, sample: number, score: Record<string, number>): void {
  for (const [field, values] of scores) values[sample] = score[field]!
}

function mapFields<T>(samples: FieldSamples, map: (values: Float64Array, field: string) => T): Record<string, T> {
  return Object.fromEntries([...samples].map(([field, values]) => [field, map(values, field)]))
}

function percentiles(values: Float64Array, level: number): BootstrapInterval {
  const sorted = values.toSorted()
  // A whole number of samples in each tail, whatever the last bit of the product.
  const outside = Math.floor((values.length * (1 - level)) / 2 + 1e-9)
  return { mean: mean(values), low: sorted[outside]!, high: sorted[sorted.length - 1 - outside]! }
}

/** Share of samples at or above the threshold, the observation itself counted as one. */
export function exceedance(values: Float64Array, threshold: number, best: number): number {
  // Equal scores differ in the last bits when their sums were added up in another order.
  const atLeast = threshold - 1e-12 * best
  let count = 0
  for (const value of values) if (value >= atLeast) count++
  return (count + 1) / (values.length + 1)
}
