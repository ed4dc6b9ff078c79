import type { AdafactorSettings, OptimizerSettings } from '../engine/optimizer.ts'
import type { LessonSettings } from '../lesson/lesson-settings.ts'
import { adafactorDefaults } from '../lesson/optimizer.ts'

/** The optimizer that a lesson's settings ask for. */
export function optimizerOf(lesson: LessonSettings): OptimizerSettings {
  const { optimizer = 'adamw', adamBeta1, adamBeta2, adamEpsilon, weightDecay, maxGradNorm } = lesson
  switch (optimizer) {
    case 'adamw':
      return { name: optimizer, beta1: adamBeta1, beta2: adamBeta2, epsilon: adamEpsilon, weightDecay, maxGradNorm }
    case 'adafactor':
      return adafactorOf(lesson)
  }
}

function adafactorOf({ weightDecay, maxGradNorm, ...lesson }: LessonSettings): AdafactorSettings {
  const { adafactorBeta1: beta1, adafactorEpsilon1, adafactorEpsilon2 } = lesson
  const usual = adafactorDefaults
  return {
    name: 'adafactor',
    maxGradNorm,
    weightDecay,
    ...(beta1 === undefined ? {} : { beta1 }),
    decayRate: lesson.adafactorDecayRate ?? usual.decayRate,
    clipThreshold: lesson.adafactorClipThreshold ?? usual.clipThreshold,
    epsilon: [adafactorEpsilon1 ?? usual.epsilon1, adafactorEpsilon2 ?? usual.epsilon2],
    scaleParameter: lesson.adafactorScaleParameter ?? usual.scaleParameter,
    relativeStep: lesson.adafactorRelativeStep ?? usual.relativeStep,
    warmupInit: lesson.adafactorWarmupInit ?? usual.warmupInit,
  }
}
