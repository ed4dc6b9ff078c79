import { describe, expect, it } from 'vitest'
import { metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { bleuMetric } from '../bleu.ts'
import { chrfMetric } from '../chrf.ts'
import { exactMatchMetric } from '../exact-match.ts'
import { emptyStatistics } from '../example-statistics.ts'
import { labelsMetric } from '../labels.ts'
import { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from './resampling.ts'

interface PairedGolden {
  readonly refs: readonly string[]
  readonly systems: Readonly<Record<string, readonly string[]>>
  readonly tests: readonly {
    readonly test: 'ar' | 'bs'
    readonly metric: 'bleu' | 'chrf'
    readonly system: string
    readonly p_value: number | null
    readonly mean: number | null
    readonly ci: number | null
  }[]
}

const golden = metricsGolden<PairedGolden>('paired')
const metrics = { bleu: bleuMetric(), chrf: chrfMetric() }
const statisticsOf = (name: 'bleu' | 'chrf', system: string) =>
  metrics[name].statistics(golden.systems[system]!, golden.refs)
const compared = golden.tests.filter(({ p_value }) => p_value !== null)

describe('paired tests agree with those of sacreBLEU, whose random numbers are other ones', () => {
  it('has the goldens', () => expect(compared.length).toBe(12))

  it.each(compared.map((wanted) => [wanted.test, wanted.metric, wanted.system, wanted] as const))(
    '%s %s %s',
    (_, name, system, wanted) => {
      const [a, b] = [statisticsOf(name, 'base'), statisticsOf(name, system)]
      // Five standard errors of the difference between two estimates of p.
      const samples = wanted.test === 'ar' ? 10_000 : 1000
      const tolerance = 5 * Math.sqrt((2 * wanted.p_value! * (1 - wanted.p_value!)) / samples) + 1 / samples
      const test = wanted.test === 'ar' ? approximateRandomisation : pairedBootstrap
      expect(Math.abs(test(metrics[name], a, b)[name]!.p - wanted.p_value!)).toBeLessThan(tolerance)
    },
  )

  it.each(
    golden.tests.filter(({ mean }) => mean !== null).map((wanted) => [wanted.metric, wanted.system, wanted] as const),
  )('interval of %s %s', (name, system, wanted) => {
    const { low, high, mean } = bootstrapIntervals(metrics[name], statisticsOf(name, system))[name]!
    expect(Math.abs(mean - wanted.mean!)).toBeLessThan(0.1 * wanted.ci!)
    expect(Math.abs((high - low) / 2 - wanted.ci!)).toBeLessThan(0.12 * wanted.ci!)
  })
})

describe('approximateRandomisation()', () => {
  const exact = exactMatchMetric()
  const answers = (right: readonly number[], n: number) =>
    exact.statistics(
      Array.from({ length: n }, (_, i) => (right.includes(i) ? 'yes' : 'no')),
      Array.from({ length: n }, () => 'yes'),
    )

  it('counts ties against a difference: five wins of five are 2 · ½⁵', () => {
    const { p, difference } = approximateRandomisation(exact, answers([], 40), answers([1, 5, 9, 20, 39], 40)).exact!
    expect(difference).toBe(5 / 40)
    expect(Math.abs(p - 2 / 32)).toBeLessThan(0.012)
  })

  it('gives the same result for the same seed and 1 for systems that answer alike', () => {
    const [a, b] = [statisticsOf('bleu', 'base'), statisticsOf('bleu', 'near')]
    const run = (seed: number) => approximateRandomisation(metrics.bleu, a, b, { samples: 200, seed }).bleu!.p
    expect(run(7)).toBe(run(7))
    expect(new Set([7, 8, 9, 10].map(run)).size).toBeGreaterThan(1)
    expect(approximateRandomisation(metrics.bleu, a, a, { samples: 200 }).bleu).toEqual({ difference: 0, p: 1 })
    expect(pairedBootstrap(metrics.bleu, a, a, { samples: 200 }).bleu).toMatchObject({ standardError: 0, p: 1 })
  })

  it('refuses systems that have not answered the same examples', () => {
    const [a, b] = [answers([], 3), answers([], 4)]
    expect(() => approximateRandomisation(exact, a, b)).toThrow(/3 examples with 4/)
    expect(() => pairedBootstrap(exact, a, b)).toThrow(/3 examples with 4/)
    expect(() => bootstrapIntervals(exact, emptyStatistics(0, 1))).toThrow(/no examples/)
    expect(() => bootstrapIntervals(exact, a, { samples: 0 })).toThrow('Wrong value of "samples"')
  })
})

describe('pairedBootstrap()', () => {
  it('takes a label that was not drawn for unknown, not for bad: the interval of a perfect system is its score', () => {
    const labels = ['often', ...Array.from({ length: 11 }, (_, i) => `rare ${i}`), 'never']
    const metric = labelsMetric({ labels })
    const references = Array.from({ length: 40 }, (_, row) => (row < 11 ? ['often', `rare ${row}`] : ['often']))
    const right = metric.statistics(references, references)
    // The label that no example has counts as 0 with every draw.
    const { low, high } = bootstrapIntervals(metric, right).macro_f1!
    expect(low).toBeCloseTo(12 / 13, 12)
    expect(high).toBeCloseTo(12 / 13, 12)
    const answers = references.map((truth, row) => (row === 0 ? ['often'] : truth))
    const { a, b, difference } = pairedBootstrap(metric, right, metric.statistics(answers, references)).macro_f1!
    expect(a.low).toBeCloseTo(12 / 13, 12)
    expect(b.high).toBeCloseTo(12 / 13, 12)
    expect(b.low).toBeLessThan(11.5 / 13)
    expect(difference.high).toBeCloseTo(0, 12)
  })

  it('estimates the standard error of the difference', () => {
    // 100 examples, the second system right on 30 where the first is wrong: sd = √(0.3 · 0.7 / 100).
    const exact = exactMatchMetric()
    const references = Array.from({ length: 100 }, () => 'yes')
    const none = exact.statistics(
      references.map(() => 'no'),
      references,
    )
    const some = exact.statistics(
      references.map((_, i) => (i < 30 ? 'yes' : 'no')),
      references,
    )
    const { standardError, difference, p } = pairedBootstrap(exact, none, some, { samples: 4000 }).exact!
    expect(standardError).toBeCloseTo(Math.sqrt(0.0021), 2)
    expect(difference.low).toBeGreaterThan(0.19)
    expect(difference.high).toBeLessThan(0.41)
    // No resample comes near, and what was observed counts as one.
    expect(p).toBe(1 / 4001)
    expect(approximateRandomisation(exact, none, some, { samples: 999 }).exact!.p).toBe(1 / 1000)
  })
})
