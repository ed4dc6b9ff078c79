import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { ScoreColumn } from '../../report/results/arms.ts'
import { findingOf } from '../../report/tables/finding.ts'
import type { TableRow, TaskTable } from '../../report/tables/task-table.ts'
import type { ExampleStatistics } from '../metric.ts'
import {
  type ArmStatistics,
  type Comparison,
  type ComparisonOptions,
  compareArm,
  correctComparisons,
} from './compare-arms.ts'
import { pairedTTest } from './intervals.ts'
import { mcNemarTest } from './mcnemar.ts'

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

const arm = (...seeds: ExampleStatistics[]) => ({ seeds })

function compareArms(
  scorer: Parameters<typeof compareArm>[0],
  pairs: readonly { arm: ArmStatistics; baseline: ArmStatistics }[],
  options: ComparisonOptions,
) {
  return correctComparisons(pairs.map((pair) => compareArm(scorer, pair, options)))
}

describe('compareArm() and correctComparisons()', () => {
  it('separates arms that differ on every seed, with the sign of the difference', () => {
    const baseline = arm(answers(400, 0.5, 1), answers(400, 0.5, 2))
    const [better, worse] = compareArms(
      share,
      [
        { arm: arm(answers(400, 0.65, 3), answers(400, 0.65, 4)), baseline },
        { arm: arm(answers(400, 0.35, 5), answers(400, 0.35, 6)), baseline },
      ],
      { field: 'hits' },
    )
    expect(better!.separable).toBe(true)
    expect(better!.difference).toBeGreaterThan(0.1)
    expect(better!.interval.low).toBeGreaterThan(0)
    expect(better!.interval.high).toBeGreaterThan(better!.difference)
    expect(worse!.separable).toBe(true)
    expect(worse!.interval.high).toBeLessThan(0)
    expect(better!.detectable).toBeLessThan(0.1)
  })

  it('does not separate arms that are alike, nor ones whose seeds disagree', () => {
    const baseline = arm(answers(200, 0.5, 1), answers(200, 0.5, 2))
    const [tied] = compareArms(share, [{ arm: arm(answers(200, 0.5, 3), answers(200, 0.5, 4)), baseline }], {
      field: 'hits',
    })
    expect(tied!.separable).toBe(false)
    const [split] = compareArms(share, [{ arm: arm(answers(200, 0.95, 3), answers(200, 0.42, 4)), baseline }], {
      field: 'hits',
    })
    expect(split!.p).toBeLessThan(0.05)
    expect(split!.seedsAgree).toBe(false)
    expect(split!.separable).toBe(false)
  })

  it('corrects by Holm over all pairs', () => {
    const baseline = arm(answers(300, 0.5, 1))
    const pair = { arm: arm(answers(300, 0.56, 3)), baseline }
    const [alone] = compareArms(share, [pair], { field: 'hits' })
    const [among] = compareArms(share, [pair, pair, pair, pair], { field: 'hits' })
    expect(alone!.p).toBeGreaterThan(0)
    expect(among!.p).toBeCloseTo(Math.min(1, 4 * alone!.p), 12)
  })

  it('tells chance in the seeds from chance in the examples, by the paired t test over seeds', () => {
    const baseline = arm(answers(400, 0.5, 1), answers(400, 0.5, 2), answers(400, 0.5, 3))
    const [steady, shaky] = compareArms(
      share,
      [
        { arm: arm(answers(400, 0.6, 4), answers(400, 0.6, 5), answers(400, 0.6, 6)), baseline },
        { arm: arm(answers(400, 0.52, 4), answers(400, 0.75, 5), answers(400, 0.53, 6)), baseline },
      ],
      { field: 'hits' },
    )
    const scores = (rate: number, seed: number): number => answers(400, rate, seed).values.reduce((a, b) => a + b) / 400
    const expected = pairedTTest(
      [1, 2, 3].map((seed) => scores(0.5, seed)),
      [scores(0.52, 4), scores(0.75, 5), scores(0.53, 6)],
    )
    expect(shaky!.overSeeds!.low).toBeCloseTo(expected.low, 12)
    expect(shaky!.overSeeds!.p).toBeCloseTo(expected.p, 12)
    expect(shaky!.separable).toBe(true)
    expect(shaky!.overSeeds!.p).toBeGreaterThan(0.1)
    expect(steady!.overSeeds!.p).toBeLessThan(0.05)
    expect(shaky!.variance.seeds!).toBeGreaterThan(10 * steady!.variance.seeds!)
  })

  it("takes McNemar's exact test for one seed's right answers", () => {
    const exact = {
      ...share,
      fields: ['exact'],
      scoreSums: (sums: Float64Array, n: number) => ({ exact: sums[0]! / n }),
    }
    const [a, b] = [answers(80, 0.5, 1), answers(80, 0.6, 2)]
    const [compared] = compareArms(exact, [{ arm: arm(b), baseline: arm(a) }], { field: 'exact' })
    expect(compared!.p).toBe(mcNemarTest(a.values, b.values).p)
  })
})

describe('findingOf()', () => {
  const column: ScoreColumn = { name: 'bleu', metric: 'bleu', field: 'bleu', best: 100, signature: '' }
  const row = (
    chain: string,
    score: number,
    compared?: Pick<Comparison, 'difference' | 'p' | 'separable'> & Partial<Pick<Comparison, 'overSeeds'>>,
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
      seeds: 2,
      interval: { low: 0, high: 1 },
      seedsAgree: true,
      detectable: 1.5,
      overSeeds: undefined,
      variance: { seeds: 0, examples: 0, both: 0 },
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
    differences: [],
    warnings: [],
  })

  it('names what is separable and what is not', () => {
    const finding = findingOf(
      table(
        row('base -> a2t', 10),
        row('base -> res -> a2t', 12, {
          difference: 2,
          p: 0.0004,
          separable: true,
          overSeeds: { low: -1, high: 5, p: 0.12 },
        }),
        row('base -> trans -> a2t', 9, { difference: -1, p: 0.021, separable: true }),
        row('base -> mixed -> a2t', 10.3, { difference: 0.3, p: 0.4, separable: false }),
      ),
    )
    expect(finding).toBe(
      'On a2t (bleu), base -> res -> a2t is better than base -> a2t by 2.00 (p < 0.001, over seeds p = 0.120); base -> trans -> a2t is worse than base -> a2t by 1.00 (p = 0.021); base -> mixed -> a2t is not separable from base -> a2t (+0.30, p = 0.400; a difference of about 1.50 would have shown) (200 test rows, 2 seeds).',
    )
  })

  it('says what could have been shown where nothing is separable', () => {
    const finding = findingOf(
      table(
        row('base -> a2t', 10),
        row('base -> res -> a2t', 9.5, { difference: -0.5, p: 0.3, separable: false }),
        row('base -> trans -> a2t', 10.1, { difference: 0.1, p: 0.9, separable: false }),
      ),
    )
    expect(finding).toBe(
      'On a2t (bleu), no chain is separable from the fresh start (largest difference: base -> res -> a2t, -0.50, p = 0.300; a difference of about 1.50 would have shown) (200 test rows, 2 seeds).',
    )
  })

  it('claims no order without a fresh start to compare with', () => {
    expect(findingOf(table(row('base -> res -> a2t', 10)))).toBe(
      'On a2t (bleu), base -> res -> a2t reaches 10.00; there is nothing to compare it with.',
    )
    expect(findingOf(table({ ...row('base -> a2t', 10), seeds: [] }))).toBe('On a2t, nothing is finished yet.')
  })
})
