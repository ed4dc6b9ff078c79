import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { OptimizerName, OptimizerSettings } from '../optimizer.ts'
import { AdamW, adamwArrays } from './adamw.ts'
import type { ParameterArenas } from './arena.ts'
import type { CpuOptimizer } from './cpu-optimizer.ts'

/** An optimizer as the kernel makes it. */
interface CpuOptimizerKind<S extends OptimizerSettings> {
  /** Elements of each array that it keeps for a parameter. */
  readonly arrays: (spec: ParameterSpec, settings: S) => readonly number[]
  readonly create: (settings: S, arenas: ParameterArenas, specs: readonly ParameterSpec[]) => CpuOptimizer
}

const kinds: { readonly [K in OptimizerName]: CpuOptimizerKind<Extract<OptimizerSettings, { name: K }>> } = {
  adamw: { arrays: adamwArrays, create: (settings, arenas, specs) => new AdamW(settings, arenas, specs) },
}

/** Elements of each array that an optimizer keeps for a parameter. */
export function optimizerArrays(settings: OptimizerSettings, spec: ParameterSpec): readonly number[] {
  return kinds[settings.name].arrays(spec, settings)
}

export function createOptimizer(
  settings: OptimizerSettings,
  arenas: ParameterArenas,
  specs: readonly ParameterSpec[],
): CpuOptimizer {
  return kinds[settings.name].create(settings, arenas, specs)
}
