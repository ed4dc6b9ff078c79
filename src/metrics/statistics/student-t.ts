import { incompleteBeta } from './beta-function.ts'
import { invertTail } from './invert-tail.ts'

/**
 * P(T > t) of Student's t distribution for t ≥ 0, with full relative accuracy where it is small.
 *
 *   P(T > t) = ½ · I_{ν / (ν + t²)}(ν/2, ½)
 *
 * @param df degrees of freedom ν, above 0, need not be whole
 */
export function studentTail(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY) return 0
  const square = t * t
  return incompleteBeta(df / (df + square), df / 2, 0.5, square / (df + square)) / 2
}

/**
 * The t with P(T ≤ t) = p.
 *
 * @param p strictly between 0 and 1
 */
export function studentQuantile(p: number, df: number): number {
  return invertTail((t) => studentTail(t, df), p)
}
