import { invertTail } from './invert-tail.ts'

/** The z with P(Z ≤ z) = p of the standard normal distribution; `p` is strictly between 0 and 1. */
export function normalQuantile(p: number): number {
  return invertTail(normalTail, p)
}

/**
 * P(Z > z) for z ≥ 0.
 *
 * Source: below 3 the series ½ - φ(z)·(z + z³/3 + z⁵/(3·5) + …), above it Laplace's continued fraction
 * φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))).
 */
export function normalTail(z: number): number {
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
  if (z < 3) {
    let term = z
    let sum = z
    for (let k = 3; term > 1e-18 * sum; k += 2) {
      term *= (z * z) / k
      sum += term
    }
    return 0.5 - density * sum
  }
  let fraction = z
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction
  return density / fraction
}
