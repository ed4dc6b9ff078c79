import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { camelCased, expectNear } from '../../test/rig/metrics-golden.ts'
import { corpusBleu, sentenceBleu } from './bleu.ts'
import { chrf } from './chrf.ts'
import { multiLabelScores } from './labels.ts'
import { rougeMetric } from './rouge.ts'

interface TextCase {
  readonly options: Readonly<Record<string, unknown>>
  readonly hyps: readonly string[]
  readonly refs: readonly (readonly string[])[]
  readonly signature: string
  readonly score: number
}

interface BleuCase extends TextCase {
  readonly kind: 'bleu'
  readonly counts: readonly number[]
  readonly totals: readonly number[]
  readonly precisions: readonly number[]
  readonly bp: number
  readonly sys_len: number
  readonly ref_len: number
  readonly text: string
  readonly sentences: readonly number[]
}

interface ChrfCase extends TextCase {
  readonly kind: 'chrf'
}

interface RougeCase extends TextCase {
  readonly kind: 'rouge'
  readonly scores: readonly (readonly number[])[]
}

interface LabelsCase {
  readonly kind: 'labels'
  readonly options: { readonly zero_division: 0 | 1 }
  readonly gold: readonly (readonly number[])[]
  readonly predicted: readonly (readonly number[])[]
  readonly exact: number
  readonly hamming: number
  readonly f1: Readonly<Record<'macro' | 'micro' | 'samples' | 'weighted', number>>
  readonly per_label: readonly (readonly number[])[]
}

type Case = BleuCase | ChrfCase | RougeCase | LabelsCase

// Odd Unicode, empty and punctuation-only texts, entities, numbers, several references: see scripts/goldens/metrics.py.
const golden = readFileSync(new URL('../../test/fixtures/metrics/fuzz.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)

const casesOf = <Kind extends Case['kind']>(kind: Kind) =>
  golden.filter((wanted): wanted is Extract<Case, { kind: Kind }> => wanted.kind === kind)

describe('random texts score as in the reference within 1e-9', () => {
  it('BLEU and sentence BLEU', () => {
    const cases = casesOf('bleu')
    expect(cases.length).toBe(80)
    for (const wanted of cases) {
      const options = camelCased(wanted.options)
      const found = corpusBleu(wanted.hyps, wanted.refs, options)
      expect([found.signature, found.text]).toEqual([wanted.signature, wanted.text])
      expectNear([found.score, found.bp], [wanted.score, wanted.bp], 'score')
      expect([found.sysLen, found.refLen]).toEqual([wanted.sys_len, wanted.ref_len])
      expectNear(found.counts, wanted.counts, 'count')
      expectNear(found.totals, wanted.totals, 'total')
      expectNear(found.precisions, wanted.precisions, 'precision')
      const sentences = sentenceBleu(wanted.hyps, wanted.refs, { effectiveOrder: false, ...options })
      expectNear(sentences, wanted.sentences, 'sentence')
    }
  })

  it('chrF', () => {
    const cases = casesOf('chrf')
    expect(cases.length).toBe(40)
    for (const wanted of cases) {
      const found = chrf(wanted.hyps, wanted.refs, camelCased(wanted.options))
      expect(found.signature).toBe(wanted.signature)
      expectNear([found.score], [wanted.score], 'score')
    }
  })

  it('ROUGE', () => {
    const cases = casesOf('rouge')
    expect(cases.length).toBe(40)
    for (const { options, hyps, refs, scores } of cases) {
      const metric = rougeMetric({ ...options, references: refs.length })
      expectNear(metric.statistics(hyps, ...refs).values, scores.flat(), 'precision, recall or F')
    }
  })

  it('sets of labels', () => {
    const cases = casesOf('labels')
    expect(cases.length).toBe(40)
    for (const { options, gold, predicted, exact, hamming, f1, per_label } of cases) {
      const labels = gold[0]!.map((_, k) => `label ${k}`)
      const sets = (rows: LabelsCase['gold']) => rows.map((row) => labels.filter((_, k) => row[k] === 1))
      const found = multiLabelScores(sets(predicted), sets(gold), { labels, zeroDivision: options.zero_division })
      expectNear(
        [found.exact, found.hamming, found.macroF1, found.microF1, found.samplesF1, found.weightedF1],
        [exact, hamming, f1.macro, f1.micro, f1.samples, f1.weighted],
        'exact, hamming, macro, micro, samples, weighted',
      )
      const ours = (['precision', 'recall', 'f1'] as const).flatMap((field) => found.perLabel.map((one) => one[field]))
      expectNear(ours, per_label.flat(), 'score by label')
    }
  })
})
