import { normalQuantile } from './normal-quantile.ts'

/**
 * Where the chance in a difference between two arms comes from, when each is taught with several seeds and tested on the
 * same examples: a model with two crossed random effects.
 *
 *   difference on example e with seed s = true difference + seed(s) + example(e) + both(s, e)
 *   Var(mean over S seeds and n examples) = seeds / S + examples / n + both / (n S)
 */
export interface DifferenceVariance {
  /** Of the seeds' effects; `undefined` with one seed, as nothing is known of another. */
  readonly seeds: number | undefined
  /** Of the examples' effects. */
  readonly examples: number
  /** Of what one seed does on one example; with one seed it is in `examples`. */
  readonly both: number
}

/**
 * Splits the variance of a difference, by the method of moments: with B the mean squared standard error of single
 * seeds, J the squared standard error of their mean, both over resampled examples, and V the variance of the seeds'
 * differences,
 *
 *   both = n (B - J) · S / (S - 1)     examples = n J - both / S     seeds = V - both / n
 *
 * each at least 0.
 *
 * @param differences of each seed
 * @param standardErrors of each seed's difference over resampled examples
 * @param jointStandardError of the mean difference, every drawn example taken from all seeds at once
 * Source: expected mean squares of the two-way random model without replication (Searle, Casella and McCulloch 1992),
 * with bootstrap variances in place of mean squares, so that it holds for scores that are no means.
 */
export function differenceVariance(
  differences: readonly number[],
  standardErrors: readonly number[],
  jointStandardError: number,
  examples: number,
): DifferenceVariance {
  const count = differences.length
  const joint = jointStandardError ** 2
  if (count < 2) return { seeds: undefined, examples: examples * joint, both: 0 }
  const single = standardErrors.reduce((sum, error) => sum + error ** 2, 0) / count
  const both = Math.max(0, (examples * (single - joint) * count) / (count - 1))
  const mean = differences.reduce((sum, value) => sum + value, 0) / count
  const overSeeds = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return {
    seeds: Math.max(0, overSeeds - both / examples),
    examples: Math.max(0, examples * joint - both / count),
    both,
  }
}

/** Numbers of examples and seeds, either with the other as it is; `undefined` where no number is enough. */
export interface NeededSample {
  readonly examples: number | undefined
  readonly seeds: number | undefined
  /** How many times as many of both at once. */
  readonly timesBoth: number | undefined
}

/**
 * How many examples or seeds a two-sided test needs to find a true difference of this size with the given power: those
 * with which the difference is (z(1 - α/2) + z(power)) standard errors.
 *
 * In the normal approximation; with a handful of seeds one or two more are needed.
 *
 * @param alpha level of the test. @default 0.05
 * @param power share of such studies that would find it. @default 0.8
 */
export function neededSample(
  difference: number,
  { seeds: ofSeeds, examples: ofExamples, both }: DifferenceVariance,
  { seeds, examples, alpha = 0.05, power = 0.8 }: { seeds: number; examples: number; alpha?: number; power?: number },
): NeededSample {
  const errors = normalQuantile(1 - alpha / 2) + normalQuantile(power)
  const allowed = (difference / errors) ** 2
  if (allowed === 0) return { examples: undefined, seeds: undefined, timesBoth: undefined }
  const forExamples = allowed - (ofSeeds ?? 0) / seeds
  const forSeeds = allowed - ofExamples / examples
  const single = (ofSeeds ?? 0) / seeds + ofExamples / examples
  const crossed = both / (seeds * examples)
  return {
    examples: forExamples > 0 ? Math.ceil((ofExamples + both / seeds) / forExamples) : undefined,
    seeds: ofSeeds !== undefined && forSeeds > 0 ? Math.ceil((ofSeeds + both / examples) / forSeeds) : undefined,
    // k with single / k + crossed / k² = allowed
    timesBoth: (single + Math.sqrt(single ** 2 + 4 * allowed * crossed)) / (2 * allowed),
  }
}
