import type { LessonSettings } from '../lesson/lesson-settings.ts'
import type { TeachRequest } from '../lesson/protocol.ts'

/** How evaluations have gone so far. */
export interface Patience {
  /** The best value; none where no value was a number. */
  readonly best?: number
  /** Evaluations in a row that were not better by more than the least difference. */
  readonly waited: number
}

/**
 * Counts an evaluation.
 *
 * The best value is the best of all, also where it was better by less than the least difference: many small steps are no
 * progress then. Source: transformers 4.57, `EarlyStoppingCallback.check_metric_value` and `Trainer._determine_best_metric`.
 *
 * @param value of what decides which checkpoint is the best
 */
export function countEvaluation(
  value: number,
  { best, waited }: Patience,
  by: NonNullable<TeachRequest['evaluate']>['by'],
  { minDelta = 0 }: Pick<LessonSettings, 'minDelta'>,
): Patience {
  const isHigh = by === 'highest-value'
  const better = best === undefined || (isHigh ? value > best : value < best)
  const enough = best === undefined || (better && Math.abs(value - best) > minDelta)
  return {
    ...(better && !Number.isNaN(value) ? { best: value } : best === undefined ? {} : { best }),
    waited: enough ? 0 : waited + 1,
  }
}

/** Whether a lesson is to end after these evaluations. */
export function hasStopped(patience: Patience | undefined, { stopAfter }: Pick<LessonSettings, 'stopAfter'>): boolean {
  return stopAfter !== undefined && stopAfter > 0 && (patience?.waited ?? 0) >= stopAfter
}
