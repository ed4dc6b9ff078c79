import type { Random } from '../../src/base/random.ts'
import type { ExampleStatistics } from '../../src/metrics/metric.ts'

/** One division of a data set, and whether each of its test rows was answered rightly by two learners. */
interface SimulatedSplit {
  readonly arm: ExampleStatistics
  readonly baseline: ExampleStatistics
}

export interface SplitSizes {
  readonly splits: number
  readonly train: number
  readonly test: number
}

/** Features that each learner sees; both sets tell as much of the class. */
const seen = 4
/** Distance of the classes' means in each feature, in standard deviations. */
const apart = 0.5

/**
 * Draws one data set and divides it several times; on each division two learners are taught that see other features
 * of the same rows, with weights of the features that chance gives to each lesson.
 *
 * @param ahead how much further apart the classes are in what the arm sees; with 0 nothing but chance differs
 */
export function drawSplits(random: Random, { splits, train, test }: SplitSizes, ahead = 0): SimulatedSplit[] {
  const rows = Array.from({ length: train + test }, () => drawRow(random, ahead))
  return Array.from({ length: splits }, () => {
    const order = [...random.permutation(rows.length)].map((at) => rows[at]!)
    const [tested, taught] = [order.slice(0, test), order.slice(test)]
    return { arm: answers(random, taught, tested, 0), baseline: answers(random, taught, tested, seen) }
  })
}

interface Row {
  /** 1 or -1. */
  readonly label: number
  /** Those of the arm, then those of the baseline. */
  readonly features: readonly number[]
}

function drawRow(random: Random, ahead: number): Row {
  const label = random.uniform() < 0.5 ? 1 : -1
  const features = Array.from({ length: 2 * seen }, (_, at) => {
    return (label * (apart + (at < seen ? ahead : 0))) / 2 + random.normal()
  })
  return { label, features }
}

/** Taught by the difference of the classes' means, as of nearest centroids. */
function answers(random: Random, taught: readonly Row[], tested: readonly Row[], from: number): ExampleStatistics {
  const weights = Array.from({ length: seen }, (_, at) => {
    const slope = taught.reduce((sum, { label, features }) => sum + label * features[from + at]!, 0) / taught.length
    return slope * Math.exp(random.normal() / 2)
  })
  const values = Float64Array.from(tested, ({ label, features }) => {
    return label * weights.reduce((sum, weight, at) => sum + weight * features[from + at]!, 0) > 0 ? 1 : 0
  })
  return { rows: tested.length, width: 1, values }
}
