import type { LessonSettings } from '../lesson/protocol.ts'

/** What transformers' `Seq2SeqTrainer` teaches with when it is told nothing else; nothing is cut. */
export const lessonDefaults = {
  weightDecay: 0,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradNorm: 1,
  schedule: 'linear',
  warmupSteps: 0,
  maxSource: 2 ** 31 - 1,
  maxTarget: 2 ** 31 - 1,
  order: 'shuffle',
  seed: 42,
} as const satisfies Partial<LessonSettings>
