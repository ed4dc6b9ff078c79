import { describe, expect, it } from 'vitest'
import { expectNear, metricsGolden } from '../../test/rig/metrics-golden.ts'
import { rougeKinds, rougeMetric, rougeScores } from './rouge.ts'

type Triple = readonly [precision: number, recall: number, fmeasure: number]
interface RougeCase {
  readonly set: string
  readonly stemmer: boolean
  readonly hyps: readonly string[]
  readonly refs: readonly string[]
  readonly scores: readonly Readonly<Record<(typeof rougeKinds)[number], Triple>>[]
  readonly mean: Readonly<Record<(typeof rougeKinds)[number], number>>
}

const golden = metricsGolden<readonly RougeCase[]>('rouge')

describe('rouge equals rouge_score within 1e-9', () => {
  it('has the goldens', () => expect(golden.length).toBe(8))
  it.each(golden.map((wanted) => [`${wanted.set} stemmer ${wanted.stemmer}`, wanted] as const))('%s', (_, wanted) => {
    const metric = rougeMetric({ stemmer: wanted.stemmer })
    const { values } = metric.statistics(wanted.hyps, wanted.refs)
    expectNear(
      values,
      wanted.scores.flatMap((score) => rougeKinds.flatMap((kind) => score[kind])),
      'precision, recall or F',
    )
    const found = rougeScores(wanted.hyps, [wanted.refs], { stemmer: wanted.stemmer })
    for (const kind of rougeKinds) expectNear([found[kind].fmeasure], [wanted.mean[kind]], kind)
  })
})

describe('rougeScores()', () => {
  it('takes the reference with the best F, kind by kind', () => {
    const alone = (reference: string) => rougeScores(['a b c d'], [[reference]])
    const both = rougeScores(['a b c d'], [['d c b a'], ['a b x y']])
    expect(both.rouge1).toEqual(alone('d c b a').rouge1)
    expect(both.rouge2).toEqual(alone('a b x y').rouge2)
  })

  it('warns of texts in which ROUGE sees nothing', () => {
    const { warnings, rouge1 } = rougeScores(['他知道', '42', 'ok'], [['他知道', '42', 'дом']])
    expect(rouge1.fmeasure).toBeCloseTo(1 / 3)
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatch(/^2 of 3 references have no Latin letter/)
    expect(warnings[1]).toMatch(/^1 of 3 predictions has no Latin letter/)
    expect(rougeScores(['a', ''], [['b', '7']]).warnings).toEqual([])
  })
})
