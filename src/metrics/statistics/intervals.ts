import { isListOf, mayHoldNumbers, refuseArguments } from '../../base/fault.ts'
import { normalQuantile } from './normal-quantile.ts'
import { studentQuantile, studentTail } from './student-t.ts'

/** A score that is none, as of no rows, makes the interval none. */
const scoresKind = { is: isListOf((value) => typeof value === 'number', mayHoldNumbers), words: 'a list of numbers' }

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface MeanInterval extends Interval {
  readonly mean: number
  /** With n - 1 below. */
  readonly standardDeviation: number
  /** Standard deviation / √n, or more where the values overlap. */
  readonly standardError: number
}

export interface PairedTTest extends MeanInterval {
  /** mean / standard error; infinite where all differences are equal but not 0, 0 where all are 0. */
  readonly t: number
  readonly df: number
  /** Two-sided. */
  readonly p: number
}

/**
 * Mean and its t interval: mean ± t(1 - α/2; n - 1) · s · √(1/n + overlap).
 *
 * @param level coverage
 * @param overlap of splits of one data set: test rows of each divided by its training rows (Nadeau and Bengio 2003)
 * @throws {RangeError} if there are fewer than two values
 * Source: Student 1908; as `scipy.stats.t.interval` (goldens: statistics.json).
 */
export function tInterval(values: readonly number[], level = 0.95, overlap = 0): MeanInterval {
  refuseArguments({ values, level, overlap }, { values: scoresKind, level: 'share', overlap: 'notNegative' })
  const n = values.length
  if (n < 2) throw new RangeError(`Cannot estimate a spread from ${n} value${n === 1 ? '' : 's'}: two are needed`)
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const standardDeviation = Math.sqrt(squares / (n - 1))
  const standardError =
    overlap === 0 ? standardDeviation / Math.sqrt(n) : standardDeviation * Math.sqrt(1 / n + overlap)
  const half = studentQuantile((1 + level) / 2, n - 1) * standardError
  return { mean, low: mean - half, high: mean + half, standardDeviation, standardError }
}

/**
 * Paired t test and interval of the mean of b - a, such as scores over the same seeds.
 *
 *   t = mean(b - a) / (s / √n)    p = 2 · P(T > |t|) with n - 1 degrees of freedom
 *
 * @throws {RangeError} if the lists are of unlike length or shorter than two
 * Source: as `scipy.stats.ttest_rel(b, a)` (goldens: statistics.json).
 */
export function pairedTTest(a: readonly number[], b: readonly number[], level = 0.95): PairedTTest {
  refuseArguments({ a, b }, { a: 'numbers', b: 'numbers' })
  if (a.length !== b.length) throw new RangeError(`Cannot pair ${a.length} values with ${b.length}`)
  const interval = tInterval(
    b.map((value, i) => value - a[i]!),
    level,
  )
  const df = a.length - 1
  const t = interval.mean === 0 ? 0 : interval.mean / interval.standardError
  return { ...interval, t, df, p: 2 * studentTail(Math.abs(t), df) }
}

/**
 * Interval of a share, such as an accuracy; unlike p ± z·√(p(1 - p)/n) it holds near 0 and 1 and for few examples.
 *
 *   (p + z²/2n ± z·√(p(1 - p)/n + z²/4n²)) / (1 + z²/n)
 *
 * @throws {RangeError} unless 0 ≤ hits ≤ n and n > 0
 * Source: Wilson 1927; as `scipy.stats.binomtest(…).proportion_ci(method='wilson')` (goldens: distributions.json).
 */
export function wilsonInterval(hits: number, n: number, level = 0.95): Interval {
  refuseArguments({ hits, n, level }, { hits: 'number', n: 'number', level: 'share' })
  if (!(n > 0 && hits >= 0 && hits <= n)) throw new RangeError(`Cannot take ${hits} of ${n} as a share`)
  const z = normalQuantile((1 + level) / 2)
  const share = hits / n
  const centre = share + (z * z) / (2 * n)
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return {
    low: hits === 0 ? 0 : (centre - half) / scale,
    high: hits === n ? 1 : (centre + half) / scale,
  }
}
