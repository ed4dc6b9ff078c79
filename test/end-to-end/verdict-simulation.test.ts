import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import type { ExampleStatistics } from '../../src/metrics/metric.ts'
import { crossedTest } from '../../src/metrics/statistics/crossed-test.ts'
import { pairedTTest } from '../../src/metrics/statistics/intervals.ts'
import { average, drawArm, meanOf } from '../rig/simulated-arms.ts'

const compare = (arm: ExampleStatistics[], baseline: ExampleStatistics[]) =>
  crossedTest(average, arm, baseline, { field: 'mean', samples: 150 })

/** Chance of the seeds and of the rows, from all rows to all seeds. */
const mixtures = [
  { ofSeeds: 0, rows: 1, rest: 0.3 },
  { ofSeeds: 0.03, rows: 0.5, rest: 0.5 },
  { ofSeeds: 0.05, rows: 0, rest: 1 },
  { ofSeeds: 0.1, rows: 1, rest: 0.2 },
  { ofSeeds: 0.2, rows: 0.2, rest: 0.2 },
]
const cases = [2, 3, 5].flatMap((seeds) => mixtures.map((mixture, index) => ({ seeds, ...mixture, index })))

/** Simulated studies whose arms differ by `score`; what is counted in each. */
function shares(
  { seeds, ofSeeds, rows, rest, index }: (typeof cases)[number],
  score: number,
  counts: readonly ((arm: ExampleStatistics[], baseline: ExampleStatistics[]) => boolean)[],
): number[] {
  const studies = 1000
  const chance = { seeds: ofSeeds, rows, rest }
  const random = seededRandom([seeds, index])
  const counted = counts.map(() => 0)
  for (let study = 0; study < studies; study++) {
    const [arm, baseline] = [drawArm(random, seeds, 100, chance, score), drawArm(random, seeds, 100, chance)]
    for (const [at, count] of counts.entries()) if (count(arm, baseline)) counted[at]!++
  }
  return counted.map((count) => count / studies)
}

test.each(cases)(
  'crossedTest() is wrong in 3 to 8 % and covers in 92 to 97 %: $seeds seeds, deviations $ofSeeds of seeds, $rows of rows, $rest of the rest',
  (mixture) => {
    let result!: ReturnType<typeof compare>
    const [wrong, covers] = shares(mixture, 0, [
      (arm, baseline) => {
        result = compare(arm, baseline)
        return result.p < 0.05
      },
      () => result.interval.low <= 0 && 0 <= result.interval.high,
    ])
    expect(wrong).toBeGreaterThan(0.03)
    expect(wrong).toBeLessThan(0.08)
    expect(covers).toBeGreaterThan(0.92)
    expect(covers).toBeLessThan(0.97)
  },
)

// So coverage of a difference of 0 is that of any other.
test('crossedTest() of arms whose scores are all higher by 0.1 has an interval that is higher by 0.1', () => {
  for (const { seeds, ofSeeds, rows, rest, index } of cases) {
    const random = seededRandom([seeds, index])
    const chance = { seeds: ofSeeds, rows, rest }
    const [arm, baseline] = [drawArm(random, seeds, 100, chance), drawArm(random, seeds, 100, chance)]
    const higher = arm.map((one) => ({ ...one, values: one.values.map((value) => value + 0.1) }))
    const [found, shifted] = [compare(arm, baseline).interval, compare(higher, baseline).interval]
    expect(shifted.low - found.low).toBeCloseTo(0.1, 9)
    expect(shifted.high - found.high).toBeCloseTo(0.1, 9)
  }
})

/** Variances of the difference from each source of chance. */
const sources = ({ seeds, ofSeeds, rows, rest }: (typeof cases)[number]) => ({
  ofSeeds: (2 * ofSeeds ** 2) / seeds,
  ofRows: (2 * rows ** 2) / 100,
  ofRest: (2 * rest ** 2) / (100 * seeds),
})

// A test over seeds alone does not see what rows do to all of them: where that is most of the chance, it is wrong too often.
test.each(cases.filter((mixture) => sources(mixture).ofRows < 0.1 * sources(mixture).ofSeeds))(
  'crossedTest() finds a true difference at least as often as the paired t test over seeds: $seeds seeds, deviations $ofSeeds of seeds, $rows of rows, $rest of the rest',
  (mixture) => {
    const { ofSeeds, ofRows, ofRest } = sources(mixture)
    const [crossed, overSeeds] = shares(mixture, 2 * Math.sqrt(ofSeeds + ofRows + ofRest), [
      (arm, baseline) => compare(arm, baseline).p < 0.05,
      (arm, baseline) => pairedTTest(baseline.map(meanOf), arm.map(meanOf)).p < 0.05,
    ])
    // With five seeds there is little left to win; 0.02 is the noise of 1,000 studies.
    expect(crossed).toBeGreaterThan(mixture.seeds < 5 ? overSeeds! + 0.05 : overSeeds! - 0.02)
    expect(crossed).toBeGreaterThan(mixture.seeds === 2 ? 0.15 : 0.3)
  },
)
