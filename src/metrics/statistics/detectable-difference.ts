import { refuseArguments } from '../../base/fault.ts'
import { normalQuantile } from './normal-quantile.ts'

/**
 * The smallest true difference that a two-sided test would find significant with the given power.
 *
 *   (z(1 - α/2) + z(power)) · standard error of the difference
 *
 * @param standardError of the difference between two systems on this test set, as `pairedBootstrap` estimates it
 * @param alpha level of the test. @default 0.05
 * @param power share of tests that would find it. @default 0.8
 * Source: Cohen 1988, in the normal approximation; for NLP test sets Card et al. 2020.
 */
export function smallestDetectableDifference(standardError: number, alpha = 0.05, power = 0.8): number {
  refuseArguments({ standardError, alpha, power }, { standardError: 'notNegative', alpha: 'share', power: 'share' })
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) * standardError
}
