import { ParameterArenas } from '../engine/cpu/arena.ts'
import type { Tensor } from '../engine/cpu/session.ts'
import { openModel } from '../model/load.ts'
import type { T5Config } from '../model/t5/config.ts'
import { initializeParameters } from '../model/t5/initialize.ts'
import { type ParameterSpec, t5Parameters } from '../model/t5/parameters.ts'

/** A model's parameters in memory, as onnxruntime reads them. */
export interface Weights {
  readonly config: T5Config
  readonly specs: readonly ParameterSpec[]
  readonly arenas: ParameterArenas
  /** What was odd about the files, in sentences. */
  readonly warnings: readonly string[]
}

/**
 * Reads a model folder.
 *
 * @param optimizer also make room for gradients and AdamW's moments
 * @throws {Fault} when the folder cannot be read as a T5 model
 */
export async function loadWeights(folder: string, optimizer: boolean): Promise<Weights> {
  const model = await openModel(folder)
  try {
    const weights = emptyWeights(model.config, optimizer, model.warnings)
    await model.readParameters((spec) => weights.arenas.parameter(spec.name))
    return weights
  } finally {
    model.close()
  }
}

/** Random weights as T5 begins its pre-training with. */
export function initialWeights(config: T5Config, seed: number, optimizer: boolean): Weights {
  const weights = emptyWeights(config, optimizer, [])
  initializeParameters(config, seed, (spec) => weights.arenas.parameter(spec.name))
  return weights
}

/** The weights that a graph takes as inputs, as views of the arenas. */
export function parameterFeeds(weights: Weights, names: readonly string[]): Record<string, Tensor> {
  const shapes = new Map(weights.specs.map((spec) => [spec.name, spec.shape]))
  return Object.fromEntries(
    names.map((name) => [
      name,
      { type: 'float', data: weights.arenas.parameter(name), dims: shapes.get(name)! } satisfies Tensor,
    ]),
  )
}

function emptyWeights(config: T5Config, optimizer: boolean, warnings: readonly string[]): Weights {
  const specs = t5Parameters(config)
  const arenas = new ParameterArenas(
    specs.map(({ name, shape }) => {
      const size = shape.reduce((product, extent) => product * extent, 1)
      // Without a tied output layer the embedding's gradient is the picked rows and nothing else.
      const byRows = name === 'shared.weight' && !config.tied
      return byRows ? { name, size, rows: { rows: shape[0]!, width: shape[1]! } } : { name, size }
    }),
    { optimizer, scratchBytes: optimizer ? rowScratchBytes * 2 : 0 },
  )
  return { config, specs, arenas, warnings }
}

/** Room beside a tensor for picked rows on their way into its gradient, and for their numbers. */
export const rowScratchBytes = 8 * 2 ** 20
