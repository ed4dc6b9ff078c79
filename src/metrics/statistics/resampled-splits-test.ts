import { sumRows } from '../example-statistics.ts'
import type { ExampleStatistics } from '../metric.ts'
import { asFewRowsMay, type CrossedTest, crossedTest, decide, type Side } from './crossed-test.ts'
import { mean, variance } from './mean.ts'
import { differingRows, type Scorer } from './resampling.ts'

/** Both arms' statistics of the test rows of one split, the same rows in the same order. */
export interface SplitAnswers {
  readonly arm: ExampleStatistics
  readonly baseline: ExampleStatistics
}

export interface SplitsTestOptions {
  /** Which score of the metric. */
  readonly field: string
  /** Test rows of a split divided by its training rows. */
  readonly overlap: number
  /** Coverage of the interval. @default 0.95 */
  readonly level?: number
  /** Sides that were not taught, such as a rule. */
  readonly fixed?: readonly Side[]
}

/**
 * Tests whether two arms differ, when one data set was divided several times and both were taught and tested on each
 * division, each with a seed of its own. What seeds, divisions and rows do to a difference is in its variance, together:
 *
 *   d_j       the arm's score minus the baseline's on split j of J
 *   s²        variance of d_j over splits
 *   var       (1/J + n_test/n_train) s²        as splits of one data set share most of their rows
 *   t = d / √var                               df = J - 1
 *
 * Where all d_j are equal, as of few test rows they may be by chance, s² is what the rows of a split do to its difference.
 * With one split rows alone are tested, as the crossed test does with one seed.
 *
 * @throws {RangeError} without a split
 * Source: Nadeau and Bengio 2003, "Inference for the Generalization Error": the corrected resampled t test.
 */
export function resampledSplitsTest(
  scorer: Scorer,
  splits: readonly SplitAnswers[],
  { field, overlap, level = 0.95, fixed }: SplitsTestOptions,
): CrossedTest {
  const [first] = splits
  if (first === undefined) throw new RangeError('Cannot compare arms without a split')
  const count = splits.length
  if (count === 1) {
    return {
      ...crossedTest(scorer, [first.arm], [first.baseline], { field, level, ...(fixed && { fixed }) }),
      splits: 1,
    }
  }
  const differences = splits.map((split) => differenceOf(scorer, split, field))
  const difference = mean(differences)
  const single = spreadOf(scorer, splits, differences, field)
  const rows = Math.min(...splits.map(({ arm }) => arm.rows))
  const differing = Math.max(...splits.map(({ arm, baseline }) => differingRows(arm, baseline).rows))
  const test = decide(difference, Math.sqrt((1 / count + overlap) * single), count - 1, level)
  return {
    difference,
    ...asFewRowsMay(test, { difference, rows, differing, level, best: scorer.best }),
    chance: { seeds: single / count, rows: overlap * single, single, both: 0 },
    seeds: { arm: count, baseline: count },
    rows,
    splits: count,
  }
}

/** Equal scores differ in their last bits only. */
const noSpread = 1e-12

function spreadOf(
  scorer: Scorer,
  splits: readonly SplitAnswers[],
  differences: readonly number[],
  field: string,
): number {
  const found = variance(differences)
  if (found > noSpread * scorer.best ** 2) return found
  return mean(
    splits.map(({ arm, baseline }) => crossedTest(scorer, [arm], [baseline], { field, samples: 1000 }).chance.rows),
  )
}

function differenceOf(scorer: Scorer, { arm, baseline }: SplitAnswers, field: string): number {
  const scoreOf = (of: ExampleStatistics): number => scorer.scoreSums(sumRows(of), of.rows)[field]!
  return scoreOf(arm) - scoreOf(baseline)
}
