import { type LabelCalibration, labelProbabilities } from '../metrics/statistics/label-calibration.ts'
import { sigmoid } from '../metrics/statistics/platt.ts'
import type { ModelAnswer } from './answer-rows.ts'
import type { UsableTask } from './usable-task.ts'

/** A row's labels, and how sure the model is of every class. */
export interface RowLabels {
  readonly labels: readonly string[]
  /** Pieces of the answer that are no label. */
  readonly unknown?: readonly string[]
  /** By class, in their order; only where it was asked for. */
  readonly confidences?: Readonly<Record<string, number>>
}

/**
 * The labels of an answer with their confidences.
 *
 * @param threshold the labels are those whose confidence is at least so large – of a task with single labels the surest of
 *   them – instead of those in the answer
 */
export function rowLabels(
  { texts }: UsableTask,
  { labels = [], unknown = [], logOdds }: ModelAnswer,
  calibration: LabelCalibration | undefined,
  threshold?: number,
): RowLabels {
  if (texts.kind !== 'labels') throw new Error('Cannot tell the labels of a task without labels')
  const rest = unknown.length === 0 ? {} : { unknown }
  if (logOdds === undefined) return { labels, ...rest }
  const { classes } = texts.labels
  const probabilities =
    calibration === undefined ? logOdds.map(sigmoid) : labelProbabilities(calibration.scalings, logOdds)
  const confidences = Object.fromEntries(classes.map((label, i) => [label, Number(probabilities[i]!.toFixed(6))]))
  if (threshold === undefined) return { labels, ...rest, confidences }
  return { labels: sureLabels(classes, probabilities, threshold, texts.single), ...rest, confidences }
}

function sureLabels(classes: readonly string[], sure: readonly number[], threshold: number, single: boolean): string[] {
  const kept = [...classes.keys()].filter((at) => sure[at]! >= threshold)
  const best = kept.toSorted((a, b) => sure[b]! - sure[a]!).slice(0, 1)
  return (single ? best : kept).map((at) => classes[at]!)
}
