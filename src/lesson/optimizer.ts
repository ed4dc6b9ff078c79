export const optimizerNames = ['adamw', 'adafactor'] as const

/**
 * What Adafactor is told where nothing is said: as `TrainingArguments(optim="adafactor")` tells it; null: it has none.
 * Source: transformers 4.57.
 */
export const adafactorDefaults = {
  beta1: null,
  decayRate: -0.8,
  clipThreshold: 1,
  epsilon1: 1e-30,
  epsilon2: 1e-3,
  scaleParameter: false,
  relativeStep: false,
  warmupInit: false,
} as const
