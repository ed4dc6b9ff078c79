import type { CalibrationQuality } from '../metrics/statistics/calibration-quality.ts'
import type { LabelCalibration } from '../metrics/statistics/label-calibration.ts'

/** What confidences in labels rest on, a sentence each. */
export function calibrationLines(calibration: LabelCalibration | undefined): string[] {
  if (calibration === undefined) {
    return ["Confidences are the model's own, not calibrated, as the task has no validation rows"]
  }
  const { rows, fit, quality, uncalibrated, constant, scalings } = calibration
  const share = `each label's share alone has ${qualityText(constant)}`
  if (fit === 'none') {
    return [
      `Confidences are the model's own, as nothing calibrates ${rows} validation rows better: ${qualityText(quality)}; ${share}`,
    ]
  }
  const pooled = scalings.filter(({ fittedTo }) => fittedTo === 'all labels').length
  const by =
    pooled === scalings.length ? 'one scaling for all labels' : `a scaling a label, ${pooled} of few rows sharing one`
  return [
    `Confidences are calibrated on ${rows} validation rows by ${by}: ${qualityText(quality)} by cross-fitting; the model's own have ${qualityText(uncalibrated)}, ${share}`,
  ]
}

function qualityText({ brier, ece }: CalibrationQuality): string {
  return `Brier ${brier.toFixed(4)}, calibration error ${ece.toFixed(4)}`
}
