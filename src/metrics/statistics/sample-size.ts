import { crossedDf, type DifferenceChance, quantile } from './crossed-test.ts'

/** Numbers of seeds (of each arm) and test rows, either with the other as it is; `undefined` where none within reach is enough. */
export interface NeededSample {
  readonly seeds: number | undefined
  readonly rows: number | undefined
}

/** More than this many seeds, or times as many rows, is more than anybody would try: then no number is named. */
const withinReach = 100

/** What a power calculation is about. */
export interface StudySize {
  readonly seeds: { readonly arm: number; readonly baseline: number }
  readonly rows: number
  /** Of one data set, where it was divided several times. */
  readonly splits?: number | undefined
  /** Level of the test. */
  readonly alpha: number
}

const power = 0.8

/**
 * The smallest true difference that four of five studies of this size would show.
 *
 *   (t(1 - α/2; df) + t(0.8; df)) · standard error
 *
 * @param df of the test; `undefined` where only rows are tested
 * Source: Cohen 1988; for NLP test sets Card et al. 2020.
 */
export function detectableDifference(standardError: number, df: number | undefined, alpha: number): number {
  return standardError * (quantile(1 - alpha / 2, df) + quantile(power, df))
}

/** Fewer rows show nothing at this level, whatever they say: n rows give no p below 2^(1 - n), see {@link crossedTest}. */
export function leastRows(alpha: number): number {
  return Math.ceil(1 - Math.log2(alpha))
}

/**
 * How many seeds or rows would show a true difference of this size in four of five studies, by the crossed test's own
 * variance with S seeds of each arm and n rows instead of the n₀ that it was estimated with:
 *
 *   (single - both + both · n₀/n) / S  +  rows · n₀/n
 *
 * With one seed nothing is known of the seeds' chance: it is taken to be as large as the rows', so that the number of
 * seeds is a first guess, 2 at least.
 */
export function neededSample(difference: number, chance: DifferenceChance, size: StudySize): NeededSample {
  const { rows, alpha, splits } = size
  if (splits !== undefined && difference !== 0) return neededSplits(difference, chance, size)
  const isShown = (seeds: { arm: number; baseline: number }, times: number): boolean => {
    const { standardError, df } = expected(chance, seeds, times)
    return Math.abs(difference) >= detectableDifference(standardError, df, alpha)
  }
  if (difference === 0) return { seeds: undefined, rows: undefined }
  const least = leastRows(alpha)
  const ofSeeds = firstFrom(2, withinReach, (seeds) => rows >= least && isShown({ arm: seeds, baseline: seeds }, 1))
  const ofRows = firstFrom(rows, withinReach * rows, (count) => count >= least && isShown(size.seeds, count / rows))
  return { seeds: ofSeeds, rows: ofRows }
}

/**
 * How many splits would show it, each with a seed of its own: their scatter shrinks with their number, what they share does
 * not. More rows would divide otherwise, which nothing is known of.
 */
function neededSplits(
  difference: number,
  { single, rows }: DifferenceChance,
  { rows: tested, alpha }: StudySize,
): NeededSample {
  // With one split nothing is known of the others' scatter.
  if (single === undefined || tested < leastRows(alpha)) return { seeds: undefined, rows: undefined }
  const isShown = (splits: number): boolean =>
    Math.abs(difference) >= detectableDifference(Math.sqrt(single / splits + rows), splits - 1, alpha)
  return { seeds: firstFrom(2, withinReach, isShown), rows: undefined }
}

/** Standard error and degrees of freedom with other numbers of seeds, and `times` as many rows. */
function expected(
  { rows, single, both }: DifferenceChance,
  { arm, baseline }: StudySize['seeds'],
  times: number,
): { standardError: number; df: number | undefined } {
  const oneSeed = Math.min(arm, baseline) < 2
  if (oneSeed) return { standardError: Math.sqrt(rows / times), df: undefined }
  const ofBoth = Math.min(both, single ?? 0)
  const ofSingle = single === undefined ? rows : single - ofBoth + ofBoth / times
  // Arms of unlike numbers are taken for two of their harmonic mean, as if both scattered alike.
  const ofSeeds = (ofSingle * (1 / arm + 1 / baseline)) / 2
  const total = ofSeeds + rows / times
  return { standardError: Math.sqrt(total), df: crossedDf(total, ofSeeds, arm + baseline - 2) }
}

/** The first whole number from `low` to `high` that is enough, where every larger one is too. */
function firstFrom(low: number, high: number, isEnough: (count: number) => boolean): number | undefined {
  if (!isEnough(high)) return undefined
  let [below, enough] = [low - 1, high]
  while (enough - below > 1) {
    const middle = Math.floor((below + enough) / 2)
    if (isEnough(middle)) enough = middle
    else below = middle
  }
  return enough
}
