/** How good probabilities are, by what came true. */
export interface CalibrationQuality {
  /** Mean squared distance from what came true: 0 is perfect. */
  readonly brier: number
  /** Expected calibration error: how far mean probability and share of truths are apart in a bin, over ten bins of a width. */
  readonly ece: number
}

const bins = 10

/**
 * Brier score and expected calibration error.
 *
 * Source: `brier_score_loss` of scikit-learn; ECE as Naeini and others (2015) and Guo and others (2017) have it.
 */
export function calibrationQuality(probabilities: readonly number[], truths: readonly boolean[]): CalibrationQuality {
  const gaps = new Float64Array(bins)
  let squares = 0
  for (const [i, probability] of probabilities.entries()) {
    const truth = truths[i] ? 1 : 0
    squares += (probability - truth) ** 2
    gaps[Math.min(bins - 1, Math.floor(probability * bins))]! += probability - truth
  }
  const count = Math.max(1, probabilities.length)
  return { brier: squares / count, ece: gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count }
}
