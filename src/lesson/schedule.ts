import type { LessonSettings } from './lesson-settings.ts'

/**
 * The learning rate of one update.
 *
 * Linear warm-up over `warmupSteps`, then either constant or a straight line that would reach 0 one update after the last.
 *
 * @param step the update's number, from 0
 * @param steps updates of the whole lesson
 * Source: same values as transformers' `get_linear_schedule_with_warmup` and `get_constant_schedule_with_warmup`.
 */
export function learningRateAt(
  settings: Pick<LessonSettings, 'learningRate' | 'schedule' | 'warmupSteps'>,
  step: number,
  steps: number,
): number {
  const { learningRate, schedule, warmupSteps } = settings
  if (step < warmupSteps) return learningRate * (step / Math.max(1, warmupSteps))
  if (schedule === 'constant') return learningRate
  return learningRate * Math.max(0, (steps - step) / Math.max(1, steps - warmupSteps))
}
