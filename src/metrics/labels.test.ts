import { describe, expect, it } from 'vitest'
import { expectNear, metricsGolden } from '../../test/rig/metrics-golden.ts'
import { labelsKind, labelsMetric, multiLabelScores } from './labels.ts'

interface LabelCase {
  readonly labels: readonly string[]
  readonly gold: readonly (readonly number[])[]
  readonly predicted: readonly (readonly number[])[]
  readonly zero_division: 0 | 1
  readonly exact: number
  readonly hamming: number
  readonly per_label_f1: readonly number[]
  readonly per_label_precision: readonly number[]
  readonly per_label_recall: readonly number[]
  readonly macro_f1: number
  readonly micro_f1: number
  readonly samples_f1: number
  readonly weighted_f1: number
}

const golden = metricsGolden<readonly LabelCase[]>('multilabel')

describe('multiLabelScores() equals scikit-learn within 1e-9', () => {
  it('has the goldens', () => expect(golden.length).toBe(24))
  it.each(golden.map((wanted, i) => [i, wanted] as const))('case %i', (_, wanted) => {
    const sets = (rows: LabelCase['gold']) => rows.map((row) => wanted.labels.filter((_, k) => row[k] === 1))
    const options = { labels: wanted.labels, zeroDivision: wanted.zero_division }
    const found = multiLabelScores(sets(wanted.predicted), sets(wanted.gold), options)
    expectNear(
      found.perLabel.map(({ f1 }) => f1),
      wanted.per_label_f1,
      'F1',
    )
    expectNear(
      found.perLabel.map(({ precision }) => precision),
      wanted.per_label_precision,
      'precision',
    )
    expectNear(
      found.perLabel.map(({ recall }) => recall),
      wanted.per_label_recall,
      'recall',
    )
    expectNear(
      [found.exact, found.hamming, found.macroF1, found.microF1, found.samplesF1, found.weightedF1],
      [wanted.exact, wanted.hamming, wanted.macro_f1, wanted.micro_f1, wanted.samples_f1, wanted.weighted_f1],
      'exact, hamming, macro, micro, samples, weighted',
    )
    wanted.labels.forEach((label, k) => {
      expect(found.perLabel[k]!.label).toBe(label)
      expect(found.perLabel[k]!.support).toBe(wanted.gold.filter((row) => row[k] === 1).length)
    })
  })
})

describe('labelsMetric()', () => {
  const labels = ['constructor', 'b, c', 'd']

  it('ignores order and repetition, and counts what is no label', () => {
    const predictions = [['d', 'constructor', 'd'], ['D'], []]
    const references = [['constructor', 'd'], [], ['b, c']]
    const scores = multiLabelScores(predictions, references, { labels })
    expect(scores.exact).toBeCloseTo(2 / 3)
    expect([...scores.unknown]).toEqual([['D', 1]])
    expect(labelsMetric({ labels }).warnings(predictions, references)[0]).toMatch(/^1 predicted labels .* "D"/)
  })

  it('scores the rows it is given', () => {
    const metric = labelsMetric({ labels })
    const statistics = metric.statistics([['d'], ['d']], [['d'], ['b, c']])
    expect(metric.score(statistics, [0, 0]).exact).toBe(1)
    expect(metric.score(statistics, [1]).exact).toBe(0)
    expect(metric.score(statistics)).toMatchObject({ exact: 0.5, micro_f1: 0.5, hamming: 1 / 3 })
  })

  it('has a macro F1 of 0 for a draw of rows without any label', () => {
    const metric = labelsMetric({ labels })
    const whole = metric.statistics([['d'], []], [['d'], []])
    const sums = (rows: readonly number[]) =>
      Float64Array.from({ length: whole.width }, (_, column) =>
        rows.reduce((sum, row) => sum + whole.values[row * whole.width + column]!, 0),
      )
    expect(metric.scoreDrawn!(sums([1, 1]), 2, sums([0, 1])).macro_f1).toBe(0)
    // Of the draw's labels, which are those of one row here, all are right; the others are in no row.
    expect(metric.scoreDrawn!(sums([0, 1]), 2, sums([0, 1])).macro_f1).toBeCloseTo(1 / 3, 12)
  })

  it('names the answers that are no labels by how often they were given', () => {
    const answers = [['x'], ['y', 'y'], ['y', 'z'], ['z'], ['y'], []]
    const { warnings } = labelsKind.report(answers, [answers.map(() => [])], { labels })
    expect(warnings).toEqual([
      expect.stringMatching(/^6 predicted labels .* most often "y" \(3\), "z" \(2\), "x" \(1\)$/u),
    ])
  })

  it('refuses more than one reference each', () => {
    const metric = labelsMetric({ labels })
    expect(() => metric.statistics([[]], [[]], [[]])).toThrow('more than one reference')
  })

  it('refuses a reference label that is not in the list', () => {
    expect(() => multiLabelScores([[]], [['e']], { labels })).toThrow(/example 0 as "e" is not in the label list/)
  })
})
