import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { AdamWSettings } from '../optimizer.ts'
import type { ParameterArenas, TensorPlace } from './arena.ts'
import type { CpuOptimizer } from './cpu-optimizer.ts'
import type { AdamWArrays, AdamWScalars } from './kernel/kernel.ts'

/**
 * AdamW over all tensors of the arenas.
 * Source: the same update as torch.optim.AdamW (golden: adamw).
 */
export class AdamW implements CpuOptimizer {
  readonly #settings: AdamWSettings
  readonly #arenas: ParameterArenas
  readonly #decayed: ReadonlySet<string>

  constructor(settings: AdamWSettings, arenas: ParameterArenas, specs: readonly ParameterSpec[]) {
    this.#settings = settings
    this.#arenas = arenas
    this.#decayed = new Set(specs.filter(({ decay }) => decay).map(({ name }) => name))
  }

  update(number: number, learningRate: number, gradientScale: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#settings
    const scalars: AdamWScalars = {
      learningRate,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      biasCorrection1: 1 - beta1 ** number,
      sqrtBiasCorrection2: Math.sqrt(1 - beta2 ** number),
      gradientScale,
    }
    const undecayed = { ...scalars, weightDecay: 0 }
    for (const place of this.#arenas.places) {
      const its = this.#decayed.has(place.name) ? scalars : undecayed
      if (place.rows === undefined) place.kernel.adamw(arraysOf(place), place.size, its)
      else place.kernel.adamwRows(arraysOf(place), place.rows, place.rows.touched, its)
    }
  }
}

function arraysOf({ parameter, gradient, optimizer }: TensorPlace): AdamWArrays {
  const [firstMoment, secondMoment] = optimizer as [number, number]
  return { parameter, gradient, firstMoment, secondMoment }
}
