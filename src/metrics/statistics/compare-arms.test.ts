import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { ScoreColumn } from '../../report/results/arms.ts'
import { findingOf } from '../../report/tables/finding.ts'
import type { TableRow, TaskTable } from '../../report/tables/task-table.ts'
import type { ExampleStatistics } from '../metric.ts'
import { type Comparison, compareArm, correctComparisons } from './compare-arms.ts'

/** A share of hits, as an accuracy is. */
const share = {
  fields: ['hits'],
  best: 1,
  scoreSums: (sums: Float64Array, examples: number) => ({ hits: sums[0]! / examples }),
}

const hits = (right: readonly boolean[]): ExampleStatistics => ({
  rows: right.length,
  width: 1,
  values: Float64Array.from(right, Number),
})

/** Answers of which about `rate` are right, hard examples the same for all. */
function answers(rows: number, rate: number, seed: number): ExampleStatistics {
  const hardness = seededRandom(7)
  const noise = seededRandom(seed)
  return hits(Array.from({ length: rows }, () => 0.7 * hardness.uniform() + 0.3 * noise.uniform() < rate))
}

type Arms = Parameters<typeof compareArm>[1]

const compareArms = (...pairs: readonly Arms[]): Comparison[] =>
  correctComparisons(pairs.map((pair) => compareArm(share, pair, 'hits')))

describe('compareArm() and correctComparisons()', () => {
  const baseline = [answers(400, 0.5, 1), answers(400, 0.5, 2)]

  it('separates arms that differ, with the sign of the difference and the interval of the same test', () => {
    const [better, worse] = compareArms(
      { arm: [answers(400, 0.65, 3), answers(400, 0.65, 4)], baseline },
      { arm: [answers(400, 0.35, 5), answers(400, 0.35, 6)], baseline },
    )
    expect([better!.separable, worse!.separable]).toEqual([true, true])
    expect(better!.difference).toBeGreaterThan(0.1)
    expect(better!.interval.low).toBeGreaterThan(0)
    expect(better!.interval.high - better!.difference).toBeCloseTo(better!.difference - better!.interval.low, 12)
    expect(worse!.interval.high).toBeLessThan(0)
  })

  it('does not separate arms that are alike, nor ones whose seeds scatter as much as they differ', () => {
    const [tied, split] = compareArms(
      { arm: [answers(400, 0.5, 3), answers(400, 0.5, 4)], baseline },
      { arm: [answers(400, 0.95, 3), answers(400, 0.52, 4)], baseline },
    )
    expect([tied!.separable, split!.separable]).toEqual([false, false])
    expect(split!.difference).toBeGreaterThan(0.2)
  })

  it('corrects by Holm over all pairs, and asks more of what would have shown', () => {
    const pair = { arm: [answers(400, 0.56, 3), answers(400, 0.54, 4)], baseline }
    const [alone] = compareArms(pair)
    const [among] = compareArms(pair, pair, pair, pair)
    expect(alone!.p).toBe(alone!.uncorrected)
    expect(among!).toMatchObject({ p: Math.min(1, 4 * alone!.p), uncorrected: alone!.p, comparisons: 4 })
    expect(among!.interval).toEqual(alone!.interval)
    expect(among!.detectable).toBeGreaterThan(alone!.detectable)
  })

  it('never separates arms with one seed, of whatever rows', () => {
    const [one] = compareArms({ arm: [answers(400, 0.9, 3)], baseline: [answers(400, 0.2, 1)] })
    expect(one).toMatchObject({ differs: true, separable: false, df: undefined })
    expect(one!.needed.seeds).toBe(2)
  })

  it('gives numbers where nothing varies', () => {
    const all = hits(new Array(40).fill(true))
    const [perfect, alone] = compareArms(
      { arm: [all, all], baseline: [all, all] },
      { arm: [hits([true])], baseline: [hits([false])] },
    )
    expect(perfect).toMatchObject({
      difference: 0,
      p: 1,
      detectable: Number.NaN,
      separable: false,
      interval: { low: 0, high: 0 },
    })
    expect(alone).toMatchObject({ p: 1, differs: false, detectable: Number.POSITIVE_INFINITY })
    expect(alone!.needed).toEqual({ seeds: undefined, rows: 7 })
    expect(JSON.stringify([perfect, alone].map((one) => ({ ...one, detectable: 0 })))).not.toContain('null')
  })
})

describe('findingOf()', () => {
  const column: ScoreColumn = { name: 'bleu', metric: 'bleu', field: 'bleu', best: 100, signature: '' }
  const row = (
    chain: string,
    score: number,
    compared?: Pick<Comparison, 'difference' | 'p' | 'differs'> & { readonly df?: undefined },
  ): TableRow => ({
    chain,
    seeds: [1, 2].map((seed) => ({
      seed,
      scores: { bleu: score },
      updates: 10,
      seconds: 60,
      evaluation: '' as never,
      lessons: [],
    })),
    missing: [],
    mean: { bleu: score },
    deviation: { bleu: 0.1 },
    interval: undefined,
    leaked: undefined,
    updates: 10,
    minutes: 1,
    baseline: compared && 'base -> a2t',
    comparison: compared && {
      seeds: { arm: 2, baseline: 2 },
      rows: 200,
      standardError: 0.5,
      df: 4,
      interval: { low: 0, high: 1 },
      uncorrected: compared.p,
      comparisons: 1,
      separable: compared.differs && !('df' in compared),
      detectable: 1.5,
      needed: { seeds: undefined, rows: undefined },
      chance: { seeds: 0, rows: 0, single: 0, both: 0 },
      ...compared,
    },
    health: [],
    prefixes: [],
    paper: {},
  })
  const table = (...rows: TableRow[]): TaskTable => ({
    task: 'a2t',
    title: 'a2t',
    examples: 200,
    columns: [column],
    rows,
    floors: [],
    differences: [],
    warnings: [],
    notes: [],
  })

  it('names what is separable and what is not', () => {
    const finding = findingOf(
      table(
        row('base -> a2t', 10),
        row('base -> res -> a2t', 12, {
          difference: 2,
          p: 0.0004,
          differs: true,
        }),
        row('base -> trans -> a2t', 9, { difference: -1, p: 0.021, differs: true }),
        row('base -> mixed -> a2t', 10.3, { difference: 0.3, p: 0.4, differs: false }),
      ),
    )
    expect(finding).toBe(
      'On a2t (bleu), base -> res -> a2t is better than base -> a2t by 2.00 (p < 0.001); base -> trans -> a2t is worse than base -> a2t by 1.00 (p = 0.021); base -> mixed -> a2t is not separable from base -> a2t (+0.30, p = 0.400; a difference of about 1.50 would have shown) (200 test rows, 2 seeds).',
    )
  })

  it('says what could have been shown where nothing is separable', () => {
    const finding = findingOf(
      table(
        row('base -> a2t', 10),
        row('base -> res -> a2t', 9.5, { difference: -0.5, p: 0.3, differs: false }),
        row('base -> trans -> a2t', 10.1, { difference: 0.1, p: 0.9, differs: false }),
      ),
    )
    expect(finding).toBe(
      'On a2t (bleu), no chain is separable from the fresh start (largest difference: base -> res -> a2t, -0.50, p = 0.300; a difference of about 1.50 would have shown) (200 test rows, 2 seeds).',
    )
  })

  it('calls nothing better or worse with one seed', () => {
    const one = { difference: -0.5, p: 0.0496, differs: true, df: undefined }
    const [low] = [table(row('base -> a2t', 10), row('base -> res -> a2t', 9.5, one))]
    expect(findingOf(low!)).toBe(
      'On a2t (bleu), base -> res -> a2t differs from base -> a2t on these rows (-0.50, p = 0.0496); nothing is known of another seed (200 test rows, 2 seeds).',
    )
  })

  it('claims no order without a fresh start to compare with', () => {
    expect(findingOf(table(row('base -> res -> a2t', 10)))).toBe(
      'On a2t (bleu), base -> res -> a2t reaches 10.00; there is nothing to compare it with.',
    )
    expect(findingOf(table({ ...row('base -> a2t', 10), seeds: [] }))).toBe('On a2t, nothing is finished yet.')
  })
})
