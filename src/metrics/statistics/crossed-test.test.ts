import { describe, expect, it } from 'vitest'
import { average, drawArm, meanOf } from '../../../test/rig/simulated-arms.ts'
import { seededRandom } from '../../base/random.ts'
import { labelsMetric } from '../labels.ts'
import type { ExampleStatistics } from '../metric.ts'
import { type CrossedTest, crossedTest } from './crossed-test.ts'
import { studentQuantile } from './student-t.ts'

const compare = (
  arm: ExampleStatistics[],
  baseline: ExampleStatistics[],
  samples?: number,
  seed?: number,
): CrossedTest =>
  crossedTest(average, arm, baseline, {
    field: 'mean',
    ...(samples === undefined ? {} : { samples }),
    ...(seed === undefined ? {} : { seed }),
  })

const varianceOf = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}

const mean3 = (seeds: readonly ExampleStatistics[], row: number): number =>
  seeds.reduce((sum, { values }) => sum + values[row]! / seeds.length, 0)

describe('crossedTest()', () => {
  const chance = { seeds: 0.05, rows: 1, rest: 0.5 }
  const random = seededRandom(3)
  const arm = drawArm(random, 3, 200, chance, 0.2)
  const baseline = drawArm(random, 3, 200, chance)

  it('has the variances that follow for a mean in closed form', () => {
    const { chance: found, difference, standardError, df } = compare(arm, baseline, 20_000)
    const n = 200
    const bootstrapVariance = (rows: number[]): number => (varianceOf(rows) * (n - 1)) / n ** 2
    const differences = arm.map((of, s) => Array.from(of.values, (value, row) => value - baseline[s]!.values[row]!))
    const J = bootstrapVariance(
      Array.from({ length: n }, (_, row) => differences.reduce((sum, of) => sum + of[row]! / 3, 0)),
    )
    const b = differences.reduce((sum, of) => sum + bootstrapVariance(of) / 3, 0)
    const seeds = (varianceOf(arm.map(meanOf)) + varianceOf(baseline.map(meanOf))) / 3
    expect(difference).toBeCloseTo(
      arm.reduce((s, of) => s + meanOf(of), 0) / 3 - baseline.reduce((s, of) => s + meanOf(of), 0) / 3,
      12,
    )
    expect(found.seeds).toBeCloseTo(seeds, 12)
    expect(found.rows / ((3 * J - b) / 2)).toBeCloseTo(1, 1)
    expect(standardError).toBeCloseTo(Math.sqrt(seeds + found.rows), 12)
    expect(df).toBeCloseTo((seeds + found.rows) ** 2 / (seeds ** 2 / 4), 8)
    // What more rows would take away from one seed's scatter.
    expect(found.both / (b - (3 * J - b) / 2)).toBeCloseTo(1, 1)
    expect(found.single).toBeCloseTo(3 * seeds, 12)
  })

  it('leaves 0 out of its interval exactly when p is below 0.05, whichever arm comes first', () => {
    const verdicts = new Set<boolean>()
    for (let shift = 0; shift < 40; shift++) {
      const moved = arm.map((of) => ({ ...of, values: of.values.map((value) => value + shift / 50 - 0.5) }))
      const { p, interval, difference } = compare(moved, baseline, 500)
      const other = compare(baseline, moved, 500)
      expect(interval.low > 0 || interval.high < 0).toBe(p < 0.05)
      expect([other.p, other.difference]).toEqual([p, -difference])
      verdicts.add(p < 0.05)
    }
    expect(verdicts.size).toBe(2)
  })

  it('finds no difference between an arm and itself, also when its seeds do not differ at all', () => {
    expect(compare(arm, arm, 200)).toMatchObject({ difference: 0, p: 1 })
    expect(compare([arm[0]!, arm[0]!], [arm[0]!, arm[0]!], 200)).toMatchObject({
      difference: 0,
      p: 1,
      interval: { low: 0, high: 0 },
    })
  })

  it('takes the rows alone where seeds differ by their last bits', () => {
    const nearly = [arm[0]!, { ...arm[0]!, values: arm[0]!.values.map((value) => value * (1 + 2 ** -52)) }]
    const { df, p } = compare(nearly, [baseline[0]!, baseline[0]!], 500)
    expect(df).toBe(1e6)
    expect(p).toBeCloseTo(compare([arm[0]!], [baseline[0]!], 500).p, 6)
  })

  it('knows nothing of other seeds with one seed', () => {
    const one = compare([arm[0]!], [baseline[0]!], 4000)
    expect(one.chance.seeds).toBeUndefined()
    expect(one.df).toBeUndefined()
    const rows = Array.from(arm[0]!.values, (value, row) => value - baseline[0]!.values[row]!)
    expect(one.standardError / Math.sqrt(varianceOf(rows) / 200)).toBeCloseTo(1, 1)
    expect(compare([arm[0]!], baseline, 100).chance.seeds).toBeUndefined()
  })

  it('takes arms with unlike numbers of seeds', () => {
    const more = drawArm(seededRandom(8), 6, 200, chance, 0.2)
    const found = compare(more, baseline, 4000)
    expect(found.seeds).toEqual({ arm: 6, baseline: 3 })
    expect(found.chance.seeds).toBeCloseTo(varianceOf(more.map(meanOf)) / 6 + varianceOf(baseline.map(meanOf)) / 3, 12)
    const ofRows = (2 * chance.rows ** 2) / 200
    expect(found.chance.rows).toBeGreaterThan(0.7 * ofRows)
    expect(found.chance.rows).toBeLessThan(1.4 * ofRows)
  })

  it('gives a p near 0.05 that other resamples change by less than a tenth of itself', () => {
    const { difference, standardError, df } = compare(arm, baseline)
    const shift = studentQuantile(0.975, df!) * standardError - difference
    const near = arm.map((of) => ({ ...of, values: of.values.map((value) => value + shift) }))
    const found = [1, 2, 3, 4, 5, 6].map((seed) => compare(near, baseline, undefined, seed).p)
    expect(Math.min(...found)).toBeGreaterThan(0.04)
    expect(Math.max(...found)).toBeLessThan(0.06)
    expect(Math.max(...found) / Math.min(...found)).toBeLessThan(1.1)
  })

  it('takes a fixed baseline as a rule without a chance of seeds', () => {
    const [rule] = drawArm(seededRandom(9), 1, 200, { seeds: 0, rows: 0.2, rest: 0 })
    const found = crossedTest(average, arm, [rule!], { field: 'mean', samples: 4000, fixed: ['baseline'] })
    const seeds = varianceOf(arm.map(meanOf)) / 3
    expect(found.chance.seeds).toBeCloseTo(seeds, 12)
    expect(found.df).toBeCloseTo((2 * (seeds + found.chance.rows) ** 2) / seeds ** 2, 8)
    const turned = crossedTest(average, [rule!, rule!], arm, { field: 'mean', samples: 4000, fixed: ['arm'] })
    expect(turned.difference).toBeCloseTo(-found.difference, 12)
    expect(turned.df! / found.df!).toBeCloseTo(1, 8)
    const asOne = varianceOf(Array.from({ length: 200 }, (_, row) => mean3(arm, row) - rule!.values[row]!)) / 200
    expect(found.chance.rows).toBeLessThan(asOne)
    expect(found.chance.rows).toBeGreaterThan(0.6 * asOne)
  })

  it('takes no agreement of a handful of rows for a proof', () => {
    const rows = (count: number, value: number): ExampleStatistics => ({
      rows: count,
      width: 1,
      values: new Float64Array(count).fill(value),
    })
    const pOf = (count: number): number =>
      compare([rows(count, 1), rows(count, 1)], [rows(count, 0), rows(count, 0)], 100).p
    expect([1, 2, 5, 6].map(pOf)).toEqual([1, 0.5, 0.0625, 0.03125])
    expect(pOf(200)).toBe(0)
    const one = compare([rows(1, 1)], [rows(1, 0)], 100)
    expect(one).toMatchObject({ p: 1, interval: { low: -1, high: 1 }, difference: 1 })
    const five = compare([rows(5, 1)], [rows(5, 0)], 100).interval
    expect(five.low).toBeLessThan(0)
    expect(five.high).toBeLessThan(2.1)
    expect(compare([rows(6, 1)], [rows(6, 0)], 100).interval.low).toBeGreaterThan(0)
    expect(compare([rows(1, 1)], [rows(1, 1)], 100)).toMatchObject({ difference: 0, p: 1 })
  })

  it('counts the rows that arms answer otherwise, whatever the number of others', () => {
    const right = (wrong: number): ExampleStatistics => ({
      rows: 100,
      width: 1,
      values: Float64Array.from({ length: 100 }, (_, row) => (row < wrong ? 0 : 1)),
    })
    const against = (wrong: number, seeds = 2): CrossedTest =>
      compare(new Array(seeds).fill(right(0)), new Array(seeds).fill(right(wrong)), 2000)
    // As McNemar's exact test has it.
    expect([1, 2, 4, 5].map((wrong) => against(wrong).p)).toEqual([1, 0.5, 0.125, 0.0625])
    expect(against(1, 1).p).toBe(1)
    expect(against(5).interval.low).toBeLessThan(0)
    expect(against(1).interval.high).toBeLessThan(0.05)
    expect(against(12).p).toBeLessThan(0.001)
    // Other seeds of the same answers, in another order, are no other answers.
    expect(compare([right(0), right(3)], [right(3), right(0)], 500).p).toBe(1)
  })

  describe('of macro F1 over rare labels, whose rows a resample may lack', () => {
    const labels = [...'abcdefgh']
    const metric = labelsMetric({ labels })
    const field = 'macro_f1'

    it('calls one row that is all of a label no difference', () => {
      const wanted = Array.from({ length: 100 }, (_, row) => [labels[row < 6 ? row + 2 : row % 2]!])
      const of = (wrong: number) =>
        metric.statistics(
          wanted.map((own, row) => (row < wrong ? [] : own)),
          wanted,
        )
      const tests = [1, 2, 6].map((wrong) => crossedTest(metric, [of(0), of(0)], [of(wrong), of(wrong)], { field }))
      expect(tests.map(({ difference }) => difference)).toEqual([0.125, 0.25, 0.75])
      expect(tests[0]!.p).toBe(1)
      expect(tests[1]!.p).toBeCloseTo(0.5, 1)
      expect(tests[2]!.p).toBeCloseTo(2 ** -5, 2)
    })

    it('says the same of arms with unlike numbers of seeds, whichever comes first', () => {
      const wanted = Array.from({ length: 40 }, (_, row) => [labels[row < 6 ? row + 2 : row % 2]!])
      const of = (from: number, to: number) =>
        metric.statistics(
          wanted.map((own, row) => (row >= from && row < to ? [] : own)),
          wanted,
        )
      const [arm, baseline] = [[of(0, 1), of(0, 2), of(1, 3)], [of(0, 6)]]
      const [there, back] = [
        crossedTest(metric, arm, baseline, { field, samples: 500 }),
        crossedTest(metric, baseline, arm, { field, samples: 500 }),
      ]
      expect(there.difference).toBeGreaterThan(0.4)
      expect(there.p).toBeGreaterThan(0)
      expect(back.p).toBeCloseTo(there.p, 12)
      expect(back.difference).toBeCloseTo(-there.difference, 12)
    })

    it('finds a difference that is not there in some 5 % of draws', () => {
      let found = 0
      const draws = 120
      for (let draw = 0; draw < draws; draw++) {
        const random = seededRandom([11, draw])
        const share = (at: number): number => [0.3, 0.2][at] ?? 0.02
        const wanted = Array.from({ length: 100 }, () => labels.filter((_, at) => random.uniform() < share(at)))
        const answers = () =>
          metric.statistics(
            wanted.map((own) =>
              labels.filter((label) => (own.includes(label) ? random.uniform() < 0.6 : random.uniform() < 0.01)),
            ),
            wanted,
          )
        if (crossedTest(metric, [answers()], [answers()], { field, samples: 300 }).p < 0.05) found++
      }
      expect(found / draws).toBeLessThan(0.08)
    })
  })

  it('finds a difference from a rule that is not there in some 5 % of draws', () => {
    const against = (seeds: ExampleStatistics[], fixed: ExampleStatistics): number =>
      crossedTest(average, seeds, [fixed], { field: 'mean', samples: 150, fixed: ['baseline'] }).p
    const draws = 400
    const rates = [2, 3, 5].map((seeds) => {
      let found = 0
      for (let draw = 0; draw < draws; draw++) {
        const own = seededRandom([5, seeds, draw])
        const [fixed] = drawArm(own, 1, 100, { seeds: 0, rows: 0.5, rest: 0 })
        if (against(drawArm(own, seeds, 100, { seeds: 0.1, rows: 1, rest: 0.5 }), fixed!) < 0.05) found++
      }
      return found / draws
    })
    for (const rate of rates) {
      expect(rate).toBeGreaterThan(0.02)
      expect(rate).toBeLessThan(0.085)
    }
  })

  it('refuses arms without seeds and unlike rows', () => {
    expect(() => compare([], baseline)).toThrow('without a seed')
    expect(() => compare(drawArm(random, 1, 199, chance), baseline)).toThrow('answers to 200 rows with answers to 199')
  })
})
