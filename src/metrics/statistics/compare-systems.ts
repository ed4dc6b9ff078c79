import type { ExampleStatistics, Metric } from '../metric.ts'
import { smallestDetectableDifference } from './detectable-difference.ts'
import { holmCorrection } from './holm.ts'
import { type Interval, wilsonInterval } from './intervals.ts'
import { type McNemarTest, mcNemarTest } from './mcnemar.ts'
import { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from './resampling.ts'
import { leastRows } from './sample-size.ts'

/** Systems on the same examples, as `compare --json` prints them. */
export interface SystemComparison {
  readonly metric: string
  readonly signature: string
  readonly examples: number
  readonly level: number
  readonly samples: number
  readonly resamples: number
  readonly seed: number
  readonly systems: readonly { readonly file: string; readonly scores: Readonly<Record<string, SystemScore>> }[]
  readonly comparisons: readonly {
    readonly a: string
    readonly b: string
    readonly fields: Readonly<Record<string, SystemDifference>>
  }[]
  readonly warnings?: readonly string[]
}

export interface SystemScore extends Interval {
  readonly score: number
}

/** Of one score between two systems. */
export interface SystemDifference extends Interval {
  /** Score of b less that of a. */
  readonly difference: number
  readonly standard_error: number
  /** `null` where the examples are too few for any, or the systems differ alike in every drawing. */
  readonly smallest_detectable_difference: number | null
  readonly approximate_randomisation: { readonly p: number }
  /** `p` is sacreBLEU's as well, under the name that programs know. */
  readonly paired_bootstrap: {
    readonly p: number
    readonly sacrebleu_one_sided_p: number
    readonly two_sided_p: number
  }
  readonly mcnemar?: { readonly p: number; readonly only_a: number; readonly only_b: number }
  /** Of the deciding test, corrected over all systems. */
  readonly holm_p: number
}

export interface CompareOptions {
  /** Rounds of approximate randomisation. */
  readonly samples: number
  /** Rounds of the bootstrap. */
  readonly resamples: number
  /** Of both. */
  readonly seed: number
  /** Coverage of the intervals. */
  readonly level: number
}

/**
 * Holds systems against the first one, score by score. McNemar's exact test decides about exact answers, approximate
 * randomisation about every other score; the p-values of more than two systems are corrected after Holm.
 *
 * @param files the systems' names
 * @param systems their answers to the same examples
 */
export function compareSystems<Answer>(
  metric: Metric<Answer>,
  files: readonly string[],
  systems: readonly (readonly Answer[])[],
  references: readonly (readonly Answer[])[],
  options: CompareOptions,
): SystemComparison {
  const { samples, resamples, seed, level } = options
  const statistics = systems.map((answers) => metric.statistics(answers, ...references))
  const [a, ...others] = statistics
  const differences = others.map((b) => differencesOf(metric, a!, b, options))
  const corrected = Object.fromEntries(
    metric.fields.map((field) => [field, holmCorrection(differences.map((fields) => fields[field]!.deciding))]),
  )
  const warnings = [...new Set(systems.flatMap((answers) => metric.warnings(answers, ...references)))]
  return {
    metric: metric.name,
    signature: metric.signature,
    examples: a!.rows,
    level,
    samples,
    resamples,
    seed,
    systems: statistics.map((one, i) => ({ file: files[i]!, scores: scoresOf(metric, one, options) })),
    comparisons: differences.map((fields, i) => ({
      a: files[0]!,
      b: files[i + 1]!,
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, { deciding: _, ...difference }]) => [
          field,
          { ...difference, holm_p: corrected[field]![i]! },
        ]),
      ),
    })),
    ...(warnings.length > 0 && { warnings }),
  }
}

function scoresOf<Answer>(
  metric: Metric<Answer>,
  statistics: ExampleStatistics,
  { resamples, seed, level }: CompareOptions,
): Record<string, SystemScore> {
  const scores = metric.score(statistics)
  const intervals = bootstrapIntervals(metric, statistics, { samples: resamples, seed, level })
  return Object.fromEntries(
    metric.fields.map((field) => {
      const score = scores[field]!
      const { low, high } =
        field === 'exact'
          ? wilsonInterval(Math.round(score * statistics.rows), statistics.rows, level)
          : intervals[field]!
      return [field, { score, low, high }]
    }),
  )
}

function differencesOf<Answer>(
  metric: Metric<Answer>,
  a: ExampleStatistics,
  b: ExampleStatistics,
  { samples, resamples, seed, level }: CompareOptions,
): Record<string, Omit<SystemDifference, 'holm_p'> & { readonly deciding: number }> {
  const bootstrap = pairedBootstrap(metric, a, b, { samples: resamples, seed, level })
  const randomisation = approximateRandomisation(metric, a, b, { samples, seed })
  return Object.fromEntries(
    metric.fields.map((field) => {
      const { difference: interval, standardError, p, twoSidedP } = bootstrap[field]!
      const mcnemar = field === 'exact' ? mcNemarTest(exactRows(metric, a), exactRows(metric, b)) : undefined
      return [
        field,
        {
          difference: randomisation[field]!.difference,
          low: interval.low,
          high: interval.high,
          standard_error: standardError,
          smallest_detectable_difference:
            standardError === 0 || a.rows < leastRows(1 - level)
              ? null
              : smallestDetectableDifference(standardError, 1 - level),
          approximate_randomisation: { p: randomisation[field]!.p },
          paired_bootstrap: { p, sacrebleu_one_sided_p: p, two_sided_p: twoSidedP },
          ...(mcnemar !== undefined && { mcnemar: mcnemarJson(mcnemar) }),
          deciding: mcnemar?.p ?? randomisation[field]!.p,
        },
      ]
    }),
  )
}

function exactRows<Answer>(metric: Metric<Answer>, statistics: ExampleStatistics): Float64Array {
  return Float64Array.from({ length: statistics.rows }, (_, row) => metric.score(statistics, [row]).exact!)
}

function mcnemarJson({ p, onlyA, onlyB }: McNemarTest) {
  return { p, only_a: onlyA, only_b: onlyB }
}
