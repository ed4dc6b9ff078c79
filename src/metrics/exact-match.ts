import { emptyStatistics, referencesOf, scoringTexts } from './example-statistics.ts'
import type { Metric, ReferenceCount, TextMetricKind } from './metric.ts'
import { lowercaseOption } from './shared-options.ts'
import { lower, strip } from './text/python-text.ts'

export interface ExactMatchOptions {
  /** @default false */
  readonly lowercase?: boolean
}

/** The share of answers that equal a reference, white space at both ends aside, as a `Metric` with the field `exact`. */
export function exactMatchMetric(options: ExactMatchOptions & { readonly references?: ReferenceCount } = {}): Metric {
  const references = options.references ?? 1
  const normal = (text: string) => strip(options.lowercase ? lower(text) : text)
  return scoringTexts({
    references,
    name: 'exact-match',
    signature: `nrefs:${references}|case:${options.lowercase ? 'lc' : 'mixed'}|strip:yes`,
    fields: ['exact'],
    best: 1,
    statistics(predictions, lists) {
      const statistics = emptyStatistics(predictions.length, 1)
      predictions.forEach((prediction, row) => {
        const answer = normal(prediction)
        statistics.values[row] = referencesOf(lists, row).some((text) => normal(text) === answer) ? 1 : 0
      })
      return statistics
    },
    scoreSums: (sums, examples) => ({ exact: sums[0]! / examples }),
    warnings: () => [],
  })
}

/** Exact match as studies, `score` and `compare` offer it. */
export const exactMatchKind = {
  name: 'exact-match',
  title: 'exact match',
  answers: 'texts',
  options: [lowercaseOption],
  usual: ['exact'],
  make: exactMatchMetric,
} as const satisfies TextMetricKind
