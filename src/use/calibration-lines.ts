import type { CalibrationQuality } from '../metrics/statistics/calibration-quality.ts'
import type { LabelCalibration } from '../metrics/statistics/label-calibration.ts'

/** What confidences in labels rest on, a sentence each. */
export function calibrationLines(calibration: LabelCalibration | undefined): string[] {
  if (calibration === undefined) {
    return ["Confidences are the model's own, not calibrated, as the task has no validation rows"]
  }
  const { rows, fit, quality, uncalibrated, constant, scalings } = calibration
  const share = `how often each label stands, the same for every row, has ${qualityText(constant)}`
  const useless = quality.brier >= constant.brier ? ': confidences say nothing beyond that here' : ''
  if (fit === 'none') {
    return [
      `Confidences are the model's own, as scaling them fits the ${rows} validation rows no better (${qualityText(quality)}); ${share}${useless}`,
    ]
  }
  const pooled = scalings.filter(({ fittedTo }) => fittedTo === 'all labels').length
  const by =
    pooled === scalings.length ? 'one scaling for all labels' : `a scaling a label, ${pooled} of few rows sharing one`
  return [
    `Confidences are calibrated on ${rows} validation rows by ${by} (${qualityText(quality)} on rows held out); the model's own have ${qualityText(uncalibrated)}; ${share}${useless}`,
  ]
}

function qualityText({ brier, ece }: CalibrationQuality): string {
  return `Brier score ${brier.toFixed(4)}, calibration error ${ece.toFixed(4)}`
}
