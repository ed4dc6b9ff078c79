import { refuseArguments } from '../../base/fault.ts'
import { incompleteBeta } from './beta-function.ts'

export interface McNemarTest {
  /** Examples that only the first, or only the second, has right. */
  readonly onlyA: number
  readonly onlyB: number
  /** Two-sided. */
  readonly p: number
}

/**
 * McNemar's exact test of two systems on the same examples: are those that only one has right evenly divided?
 *
 *   p = min(1, 2 · P(X ≤ min(onlyA, onlyB)))    X ~ Binomial(onlyA + onlyB, ½)
 *
 * @param a whether each example is right (anything but 0 is)
 * @throws {RangeError} if the lists are of unlike length
 * Source: McNemar 1947, with the binomial distribution in place of χ²; as `scipy.stats.binomtest(onlyA, onlyA + onlyB)`
 * (goldens: distributions.json).
 */
export function mcNemarTest(a: ArrayLike<number>, b: ArrayLike<number>): McNemarTest {
  refuseArguments({ a, b }, { a: 'numbers', b: 'numbers' })
  if (a.length !== b.length) throw new RangeError(`Cannot pair ${a.length} examples with ${b.length}`)
  let onlyA = 0
  let onlyB = 0
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== 0 && b[i] === 0) onlyA++
    if (a[i] === 0 && b[i] !== 0) onlyB++
  }
  return { onlyA, onlyB, p: mcNemarP(onlyA, onlyB) }
}

/** The p-value from the two counts alone. */
export function mcNemarP(onlyA: number, onlyB: number): number {
  const fewer = Math.min(onlyA, onlyB)
  if (onlyA === onlyB) return 1
  return Math.min(1, 2 * incompleteBeta(0.5, onlyA + onlyB - fewer, fewer + 1, 0.5))
}
