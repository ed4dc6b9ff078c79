import { isListOf, refuseArguments } from '../base/fault.ts'
import { checkLengths, emptyStatistics, referencesOf, scoringRows, sumRows } from './example-statistics.ts'
import type { ExampleStatistics, LabelMetricKind, Metric, MetricReport, References } from './metric.ts'
import { refuseOptions } from './refuse-options.ts'

export interface MultiLabelOptions {
  /** Every label that is scored, in the order of `perLabel`. */
  readonly labels: readonly string[]
  /** What 0/0 is, as in scikit-learn. @default 0 */
  readonly zeroDivision?: 0 | 1
}

export interface LabelScore {
  readonly label: string
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** How many examples have the label. */
  readonly support: number
}

/** Shares of 1. */
export interface MultiLabelScores {
  /** Examples whose set of labels is exactly right. */
  readonly exact: number
  /** Wrong decisions among all (examples x labels). */
  readonly hamming: number
  /** Mean of the labels' F1. */
  readonly macroF1: number
  /** F1 of all decisions together. */
  readonly microF1: number
  /** Mean of the examples' F1. */
  readonly samplesF1: number
  /** Mean of the labels' F1, weighted by support. */
  readonly weightedF1: number
  readonly perLabel: readonly LabelScore[]
  /** Answers that are not in `labels`, with how often each was given; they count for nothing else. */
  readonly unknown: ReadonlyMap<string, number>
  readonly signature: string
}

/**
 * Scores of sets of labels.
 *
 *   precision = tp / (tp + fp)    recall = tp / (tp + fn)    F1 = 2 tp / (2 tp + fp + fn)    0/0 = `zeroDivision`
 *
 * A label given twice counts once, and the order does not matter. Predicted labels outside `labels` are left out of the
 * sets, as scikit-learn's `MultiLabelBinarizer(classes=labels)` does, and counted in `unknown`.
 *
 * @throws {RangeError} if the lists are of unlike length or a reference has a label that is not in `labels`
 * Source: scikit-learn's `f1_score`, `precision_score`, `recall_score`, `accuracy_score` and `hamming_loss` on
 * indicator matrices (goldens: multilabel.json).
 */
export function multiLabelScores(
  predictions: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  options: MultiLabelOptions,
): MultiLabelScores {
  const statistics = labelStatistics(predictions, references, options)
  const sums = sumRows(statistics)
  const perLabel = options.labels.map((label, k): LabelScore => {
    const [tp, fp, fn] = [sums[perLabelFrom + 3 * k]!, sums[perLabelFrom + 3 * k + 1]!, sums[perLabelFrom + 3 * k + 2]!]
    const divide = divider(options)
    return {
      label,
      precision: divide(tp, tp + fp),
      recall: divide(tp, tp + fn),
      f1: divide(2 * tp, 2 * tp + fp + fn),
      support: tp + fn,
    }
  })
  const { exact, hamming, macro_f1, micro_f1, samples_f1, weighted_f1 } = labelFields(sums, statistics.rows, options)
  return {
    exact,
    hamming,
    macroF1: macro_f1,
    microF1: micro_f1,
    samplesF1: samples_f1,
    weightedF1: weighted_f1,
    perLabel,
    unknown: unknownLabels(predictions, options),
    signature: labelSignature(options),
  }
}

/** Sets of labels as a `Metric`; its headline is the exact-set accuracy. */
export function labelsMetric(options: MultiLabelOptions): Metric<readonly string[]> {
  refuseOptions(options, labelsKind)
  return scoringRows({
    name: 'labels',
    signature: labelSignature(options),
    fields: ['exact', 'macro_f1', 'samples_f1', 'micro_f1', 'weighted_f1', 'hamming'],
    best: 1,
    statistics(predictions, ...references) {
      if (references.length !== 1) throw new RangeError('Cannot score labels against more than one reference each')
      return labelStatistics(predictions, references[0]!, options)
    },
    scoreSums: (sums, examples) => ({ ...labelFields(sums, examples, options) }),
    scoreDrawn: (sums, examples, whole) => ({ ...labelFields(sums, examples, options, whole) }),
    warnings(predictions) {
      refuseArguments({ predictions }, { predictions: labelLists })
      const unknown = unknownLabels(predictions, options)
      if (unknown.size === 0) return []
      const [example] = unknown.keys()
      const count = [...unknown.values()].reduce((sum, n) => sum + n, 0)
      return [`${count} predicted labels are not in the label list and were left out, the first "${example}"`]
    },
  })
}

/** Sets of labels as studies, `score` and `compare` offer them. */
export const labelsKind = {
  name: 'labels',
  title: 'labels',
  answers: 'label sets',
  options: [
    {
      name: 'labels',
      type: 'labels',
      help: 'all labels, as a,b,c or as a JSON list (default: those in the files)',
      inStudy: false,
    },
    { name: 'zeroDivision', type: 'choice', choices: [0, 1], default: 0, help: 'what 0/0 is' },
    { name: 'separator', type: 'text', default: ',', help: 'between the labels of a text', inStudy: false },
  ],
  usual: ['exact', 'macro_f1', 'samples_f1'],
  lowIsBetter: ['hamming'],
  // Right sets of labels may all be empty ones, so F1 tells.
  telling: 'macro_f1',
  byDefault: true,
  make: labelsMetric,
  report: labelsReport,
} as const satisfies LabelMetricKind

function labelsReport(
  predictions: readonly (readonly string[])[],
  references: References<readonly string[]>,
  options: MultiLabelOptions,
): MetricReport {
  const wanted = predictions.map((_, row) => referencesOf(references, row)[0]!)
  const scores = multiLabelScores(predictions, wanted, options)
  const { exact, hamming, macroF1, microF1, samplesF1, weightedF1, perLabel, unknown, signature } = scores
  const numbers = {
    exact,
    hamming,
    macro_f1: macroF1,
    micro_f1: microF1,
    samples_f1: samplesF1,
    weighted_f1: weightedF1,
  }
  const share = (value: number) => value.toFixed(4)
  const cells = perLabel.map(({ label, precision, recall, f1, support }) => [
    label,
    share(precision),
    share(recall),
    share(f1),
    String(support),
  ])
  return {
    json: {
      ...numbers,
      per_label: perLabel,
      unknown: [...unknown].map(([label, count]) => ({ label, count })),
      signature,
    },
    lines: [
      Object.entries(numbers).map(([name, value]) => [name, share(value)]),
      '',
      [['label', 'precision', 'recall', 'F1', 'support'], ...cells],
      `  ${signature}`,
    ],
    warnings: unknownWarning(scores),
  }
}

function unknownWarning({ unknown }: MultiLabelScores): string[] {
  if (unknown.size === 0) return []
  const often = [...unknown].sort(([, a], [, b]) => b - a).slice(0, 5)
  const total = [...unknown.values()].reduce((sum, n) => sum + n, 0)
  const shown = often.map(([label, n]) => `"${label}" (${n})`).join(', ')
  return [`${total} predicted labels are not in the label list and were left out, most often ${shown}`]
}

// Columns: exact set, wrong decisions, F1 of the example, then true positives, false positives and misses by label.
const perLabelFrom = 3

const labelLists = {
  is: isListOf(isListOf((label) => typeof label === 'string')),
  words: 'a list of lists of labels, which are texts',
}

function labelStatistics(
  predictions: readonly (readonly string[])[],
  references: References<readonly string[]>[number],
  options: MultiLabelOptions,
): ExampleStatistics {
  refuseArguments({ predictions, references }, { predictions: labelLists, references: labelLists })
  refuseOptions(options, labelsKind)
  checkLengths(predictions, [references])
  const { labels } = options
  const indexes = new Map(labels.map((label, k) => [label, k]))
  if (labels.length === 0) throw new RangeError('Cannot score labels as the label list is empty')
  if (indexes.size !== labels.length) throw new RangeError('Cannot score labels as one is in the label list twice')
  const divide = divider(options)
  const statistics = emptyStatistics(predictions.length, perLabelFrom + 3 * labels.length)
  const { values, width } = statistics
  for (let row = 0; row < predictions.length; row++) {
    const at = row * width
    const wanted = new Set<number>()
    for (const label of references[row]!) {
      const k = indexes.get(label)
      if (k === undefined) throw new RangeError(`Cannot score example ${row} as "${label}" is not in the label list`)
      wanted.add(k)
    }
    const found = new Set<number>()
    for (const label of predictions[row]!) {
      const k = indexes.get(label)
      if (k !== undefined) found.add(k)
    }
    let hits = 0
    for (const k of found) {
      const hit = wanted.has(k)
      if (hit) hits++
      values[at + perLabelFrom + 3 * k + (hit ? 0 : 1)] = 1
    }
    for (const k of wanted) if (!found.has(k)) values[at + perLabelFrom + 3 * k + 2] = 1
    const wrong = found.size + wanted.size - 2 * hits
    values[at] = wrong === 0 ? 1 : 0
    values[at + 1] = wrong
    values[at + 2] = divide(2 * hits, found.size + wanted.size)
  }
  return statistics
}

/** @param whole where the examples were drawn from others, the sums of those */
function labelFields(sums: Float64Array, examples: number, options: MultiLabelOptions, whole = sums) {
  const divide = divider(options)
  const count = options.labels.length
  let [hits, denominators, f1Sum, weightedSum, supports, notDrawn, absent] = [0, 0, 0, 0, 0, 0, 0]
  for (let k = 0; k < count; k++) {
    const at = perLabelFrom + 3 * k
    const [tp, fp, fn] = [sums[at]!, sums[at + 1]!, sums[at + 2]!]
    if (whole[at]! + whole[at + 1]! + whole[at + 2]! === 0) absent++
    else if (tp + fp + fn === 0) {
      notDrawn++
      continue
    }
    const f1 = divide(2 * tp, 2 * tp + fp + fn)
    hits += tp
    denominators += 2 * tp + fp + fn
    f1Sum += f1
    weightedSum += f1 * (tp + fn)
    supports += tp + fn
  }
  // Labels that were not drawn are taken to be as good as those that were; those that no example has at all are what 0/0 is.
  const ofAbsent = absent * divide(0, 0)
  const drawn = count - absent - notDrawn
  const macro =
    notDrawn === 0 || drawn === 0
      ? f1Sum / count
      : (ofAbsent + ((f1Sum - ofAbsent) / drawn) * (drawn + notDrawn)) / count
  return {
    exact: sums[0]! / examples,
    macro_f1: macro,
    samples_f1: sums[2]! / examples,
    micro_f1: divide(2 * hits, denominators),
    // scikit-learn drops the weights when all are 0.
    weighted_f1: supports === 0 ? macro : weightedSum / supports,
    hamming: sums[1]! / (examples * count),
  }
}

function divider({ zeroDivision = 0 }: MultiLabelOptions): (numerator: number, denominator: number) => number {
  return (numerator, denominator) => (denominator === 0 ? zeroDivision : numerator / denominator)
}

function unknownLabels(
  predictions: readonly (readonly string[])[],
  { labels }: MultiLabelOptions,
): Map<string, number> {
  const known = new Set(labels)
  const unknown = new Map<string, number>()
  for (const answer of predictions) {
    for (const label of new Set(answer)) if (!known.has(label)) unknown.set(label, (unknown.get(label) ?? 0) + 1)
  }
  return unknown
}

function labelSignature({ labels, zeroDivision = 0 }: MultiLabelOptions): string {
  return `labels:${labels.length}|zero_division:${zeroDivision}|version:scikit-learn-1.9.1`
}
