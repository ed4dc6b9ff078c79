import type { TeachRequest } from '../lesson/protocol.ts'
import type { LessonBest } from './lesson-state.ts'

/** Of equal values, which are frequent among scores of few rows, the one with the lower loss is the better. */
export function isBetterCheckpoint(
  { value, loss }: LessonBest,
  best: LessonBest | undefined,
  by: NonNullable<TeachRequest['evaluate']>['by'],
): boolean {
  if (!Number.isFinite(value)) return false
  if (best === undefined) return true
  if (value === best.value) return loss < best.loss
  return by === 'highest-value' ? value > best.value : value < best.value
}
