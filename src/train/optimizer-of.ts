import type { OptimizerSettings } from '../engine/optimizer.ts'
import type { LessonSettings } from '../lesson/lesson-settings.ts'

/** The optimizer that a lesson's settings ask for. */
export function optimizerOf({
  adamBeta1,
  adamBeta2,
  adamEpsilon,
  weightDecay,
  maxGradNorm,
}: Pick<LessonSettings, 'adamBeta1' | 'adamBeta2' | 'adamEpsilon' | 'weightDecay' | 'maxGradNorm'>): OptimizerSettings {
  return { name: 'adamw', beta1: adamBeta1, beta2: adamBeta2, epsilon: adamEpsilon, weightDecay, maxGradNorm }
}
