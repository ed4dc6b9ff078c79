import type { LessonSettings } from '../lesson/lesson-settings.ts'
import type { TeachRequest } from '../lesson/protocol.ts'

/** How evaluations have gone so far. */
export interface Patience {
  /** The best value; none where no value was a number. */
  readonly best?: number
  /** That there was an evaluation: the first one is never a step back, whatever its value. */
  readonly begun?: true
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
  { best, begun, waited }: Patience,
  by: NonNullable<TeachRequest['evaluate']>['by'],
  { minDelta = 0 }: Pick<LessonSettings, 'minDelta'>,
): Patience {
  const worst = by === 'highest-value' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const before = best ?? worst
  const better = by === 'highest-value' ? value > before : value < before
  const enough = begun === undefined || (better && Math.abs(value - before) > minDelta)
  const after = better ? value : before
  return { ...(after === worst ? {} : { best: after }), begun: true, waited: enough ? 0 : waited + 1 }
}

/** Whether a lesson is to end after these evaluations. */
export function hasStopped(patience: Patience | undefined, { stopAfter }: Pick<LessonSettings, 'stopAfter'>): boolean {
  return stopAfter !== undefined && stopAfter > 0 && (patience?.waited ?? 0) >= stopAfter
}
