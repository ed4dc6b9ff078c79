import type { GraphBuilder } from '../../../graph/builder.ts'
import type { OptimizerSettings } from '../../optimizer.ts'
import type { ParameterGroup } from './parameter-groups.ts'

/** An optimizer as graphs over groups of parameters. */
export interface GroupOptimizer<S extends OptimizerSettings> {
  /** Each element is updated by its own gradient and arrays alone: so a part of a tensor may be updated by itself. */
  readonly elementwise: boolean
  /**
   * One update: takes `stack`, `gradient`, `array0` and so on, and the scalars as [1]; gives `new_stack`, `new_array0` and so on,
   * and of a group of several each parameter as `0` and so on of [1, ...shape].
   *
   * @param decays whether weight decay changes anything
   */
  graph(settings: S, group: ParameterGroup, decays: boolean): GraphBuilder
  /** The graph's scalars; one that a graph does not take is left out there. */
  scalars(settings: S, update: UpdateNumbers): Readonly<Record<string, number>>
  /** Extents of each array that it keeps for a group, which holds those of {@link optimizerArrays} one behind the other. */
  arrayDims(settings: S, group: ParameterGroup): readonly (readonly number[])[]
}

export interface UpdateNumbers {
  /** From 1. */
  readonly number: number
  readonly learningRate: number
  /** Multiplies every gradient first; finite. */
  readonly gradientScale: number
}
