import { referenceCount } from '../../metrics/example-statistics.ts'
import type {
  LabelMetricKind,
  Metric,
  MetricReport,
  OptionValues,
  References,
  TextMetricKind,
  TextReferences,
} from '../../metrics/metric.ts'
import { wilsonInterval } from '../../metrics/statistics/intervals.ts'

/** What is said of one system's answers: in the metric's own words, or its scores with the signature. */
export function textReport(
  kind: TextMetricKind,
  predictions: readonly string[],
  references: TextReferences,
  options: OptionValues,
): MetricReport {
  const own = kind.report?.(predictions, references, options)
  return (
    own ??
    plainReport(kind.title, kind.make({ ...options, references: referenceCount(references) }), predictions, references)
  )
}

/** As {@link textReport} for sets of labels. */
export function labelReport(
  kind: LabelMetricKind,
  predictions: readonly (readonly string[])[],
  references: References<readonly string[]>,
  options: OptionValues & { readonly labels: readonly string[] },
): MetricReport {
  const own = kind.report?.(predictions, references, options)
  return own ?? plainReport(kind.title, kind.make(options), predictions, references)
}

/** Each example's headline score by itself, one line an example; variants of a metric stand side by side. */
export function sentenceReports(
  metrics: readonly Metric[],
  predictions: readonly string[],
  references: TextReferences,
): MetricReport {
  const all = metrics.map((metric) => {
    const statistics = metric.statistics(predictions, ...references)
    return predictions.map((_, row) => metric.score(statistics, [row])[metric.fields[0]!]!)
  })
  const [first, ...beside] = metrics.map(({ signature }, i) => ({ scores: all[i]!, signature }))
  return {
    json: { ...first, ...(beside.length > 0 && { beside }) },
    lines: [
      ...predictions.map((_, row) => all.map((scores, i) => show(scores[row]!, metrics[i]!)).join('\t')),
      ...metrics.map(({ signature }) => `  ${signature}`),
    ],
    warnings: [],
  }
}

function plainReport<Answer>(
  title: string,
  metric: Metric<Answer>,
  predictions: readonly Answer[],
  references: References<Answer>,
): MetricReport {
  const scores = metric.score(metric.statistics(predictions, ...references))
  const { fields, signature } = metric
  const { exact } = scores
  const count = predictions.length
  const interval = exact === undefined ? undefined : wilsonInterval(Math.round(exact * count), count)
  const range = interval && ` (95 % interval ${show(interval.low, metric)} to ${show(interval.high, metric)})`
  const lines =
    fields.length === 1
      ? [`${title} = ${show(scores[fields[0]!]!, metric)}${range ?? ''}`]
      : [fields.map((field) => [field, show(scores[field]!, metric)])]
  return {
    json: { ...scores, ...interval, signature },
    lines: [...lines, `  ${signature}`],
    warnings: metric.warnings(predictions, ...references),
  }
}

function show(value: number, { best }: Pick<Metric, 'best'>): string {
  return value.toFixed(best === 1 ? 4 : 2)
}
