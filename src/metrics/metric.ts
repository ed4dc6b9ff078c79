import { Fault } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import { bleuMetric } from './bleu.ts'
import { chrfMetric } from './chrf.ts'
import { exactMatchMetric } from './exact-match.ts'
import type { ExampleStatistics } from './example-statistics.ts'
import { labelsMetric } from './labels.ts'
import { rougeMetric } from './rouge.ts'

export type { ExampleStatistics } from './example-statistics.ts'

/**
 * A metric as studies use it: statistics once per example, then the score of all or of any resample of them.
 *
 * @typeParam Answer `string` for text, `readonly string[]` for sets of labels
 */
export interface Metric<Answer = string> {
  readonly name: string
  /** Everything that could change the score, in sacreBLEU's notation; printed with every score. */
  readonly signature: string
  /** The names of the numbers that `score` gives, the headline first. */
  readonly fields: readonly string[]
  /** The largest value of a field (100 for BLEU and chrF, 1 for the others), for axes and tables. */
  readonly best: number
  /**
   * @param references one list for each reference of an example; most tasks have one
   * @throws {RangeError} if a list is not as long as `predictions`, or their number is not the signature's
   */
  statistics(predictions: readonly Answer[], ...references: readonly (readonly Answer[])[]): ExampleStatistics
  /** @param rows the examples to score, repeated as often as they are drawn; all of them by default */
  score(statistics: ExampleStatistics, rows?: ArrayLike<number>): Record<string, number>
  /** The score of so many examples from the sum of their statistics. */
  scoreSums(sums: Float64Array, examples: number): Record<string, number>
  /** What is odd about these texts for this metric, one sentence each. */
  warnings(predictions: readonly Answer[], ...references: readonly (readonly Answer[])[]): string[]
}

const makers = {
  bleu: bleuMetric,
  chrf: chrfMetric,
  rouge: rougeMetric,
  labels: labelsMetric,
  'exact-match': exactMatchMetric,
} as const

type Makers = typeof makers
export type MetricName = keyof Makers

export const metricNames = Object.keys(makers) as readonly MetricName[]

/**
 * Makes a metric from its name; `labels` takes sets of labels and needs the label list, all others take texts.
 *
 * @throws {Fault} if there is no metric of that name
 */
export function metricByName<Name extends MetricName>(
  name: Name,
  ...options: Parameters<Makers[Name]>
): ReturnType<Makers[Name]>
export function metricByName(name: string, options?: unknown): Metric | Metric<readonly string[]> {
  if (!Object.hasOwn(makers, name)) {
    throw new Fault(`Unknown metric "${name}"${didYouMean(name, metricNames)}`)
  }
  const make = makers[name as MetricName] as (options: unknown) => Metric | Metric<readonly string[]>
  return make(options)
}
