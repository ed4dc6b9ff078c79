/** What an optimizer is asked to do, whatever computes it. */
export type OptimizerSettings = AdamWSettings

export type OptimizerName = OptimizerSettings['name']

interface Clipping {
  /** The gradients' common L2 norm is scaled down to it first; 0: never. */
  readonly maxGradNorm: number
}

export interface AdamWSettings extends Clipping {
  readonly name: 'adamw'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Of the parameters that decay. */
  readonly weightDecay: number
}
