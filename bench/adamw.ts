import type { AdamWSettings } from '../src/engine/optimizer.ts'

/** What lessons are timed with. */
export const adamw: AdamWSettings = {
  name: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
}
