import { refuseArguments } from '../../base/fault.ts'

/**
 * Holm's step-down correction: p-values of m tests that may be read together at the usual level.
 *
 *   p'(i) = max over j ≤ i of min(1, (m - j + 1) · p(j)),   p(1) ≤ p(2) ≤ … ≤ p(m)
 *
 * @returns corrected values in the order given
 * @throws {RangeError} if one is not in [0, 1]
 * Source: Holm 1979.
 */
export function holmCorrection(pValues: readonly number[]): number[] {
  refuseArguments({ pValues }, { pValues: 'numbers' })
  for (const p of pValues) if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot correct ${p} as it is not a p-value`)
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!)
  const corrected = new Array<number>(pValues.length)
  let largest = 0
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[i]!))
    corrected[i] = largest
  })
  return corrected
}
