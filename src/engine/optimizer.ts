import { elementCount } from '../graph/tensor.ts'

/** What an optimizer is asked to do, whatever computes it. */
export type OptimizerSettings = AdamWSettings | AdafactorSettings

export type OptimizerName = OptimizerSettings['name']

interface Common {
  /** The gradients' common L2 norm is scaled down to it first; 0: never. */
  readonly maxGradNorm: number
  /** Of the parameters that decay. */
  readonly weightDecay: number
}

export interface AdamWSettings extends Common {
  readonly name: 'adamw'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/** By transformers' names for them. */
export interface AdafactorSettings extends Common {
  readonly name: 'adafactor'
  /** Decay of the first moment; without, there is none. */
  readonly beta1?: number
  /** Below 0: at update t the second moment's decay is 1 - t^decayRate. */
  readonly decayRate: number
  /** A tensor's update is scaled down to this root mean square. */
  readonly clipThreshold: number
  /** Added to the squared gradient, and the least scale of a parameter. */
  readonly epsilon: readonly [number, number]
  /** The rate is multiplied by the parameter's root mean square. */
  readonly scaleParameter: boolean
  /** The rate is the optimizer's own, not the schedule's. */
  readonly relativeStep: boolean
  /** The optimizer's own rate rises from 1e-6. */
  readonly warmupInit: boolean
}

/** What an optimizer is, apart from how it is computed. */
interface OptimizerKind<S extends OptimizerSettings> {
  /** Elements of each array that it keeps for a parameter of that shape. */
  arrays(shape: readonly number[], settings: S): readonly number[]
  /** The rate of an update where the optimizer has its own. @param update from 1 */
  ownRate(update: number, settings: S): number | undefined
}

/** Every optimizer. */
const optimizers: { readonly [K in OptimizerName]: OptimizerKind<Extract<OptimizerSettings, { name: K }>> } = {
  adamw: {
    arrays: (shape) => [elementCount(shape), elementCount(shape)],
    ownRate: () => undefined,
  },
  adafactor: {
    // A matrix's second moment is kept as the means of its rows and of its columns.
    arrays: (shape, { beta1 }) => [
      ...(shape.length === 2 ? shape : [elementCount(shape)]),
      ...(beta1 === undefined ? [] : [elementCount(shape)]),
    ],
    ownRate: (update, { relativeStep, warmupInit }) =>
      relativeStep ? Math.min(warmupInit ? 1e-6 * update : 1e-2, 1 / Math.sqrt(update)) : undefined,
  },
}

/** Elements of each array that an optimizer keeps for a parameter of that shape. */
export function optimizerArrays(settings: OptimizerSettings, shape: readonly number[]): readonly number[] {
  return kindOf(settings).arrays(shape, settings)
}

/** The rate of an update, from 1, where the optimizer has its own. */
export function ownRate(settings: OptimizerSettings, update: number): number | undefined {
  return kindOf(settings).ownRate(update, settings)
}

function kindOf<S extends OptimizerSettings>({ name }: S): OptimizerKind<S> {
  return optimizers[name] as unknown as OptimizerKind<S>
}
