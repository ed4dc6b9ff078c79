import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { OptimizerName, OptimizerSettings } from '../optimizer.ts'
import { Adafactor } from './adafactor.ts'
import { AdamW } from './adamw.ts'
import type { ParameterArenas } from './arena.ts'
import type { CpuOptimizer } from './cpu-optimizer.ts'

type Maker<S extends OptimizerSettings> = (
  settings: S,
  arenas: ParameterArenas,
  specs: readonly ParameterSpec[],
) => CpuOptimizer

/** Every optimizer as the kernel computes it. */
const optimizers: { readonly [K in OptimizerName]: Maker<Extract<OptimizerSettings, { name: K }>> } = {
  adamw: (...made) => new AdamW(...made),
  adafactor: (...made) => new Adafactor(...made),
}

/** The optimizer of a model whose arenas have its arrays beside each parameter. */
export function createOptimizer<S extends OptimizerSettings>(
  settings: S,
  arenas: ParameterArenas,
  specs: readonly ParameterSpec[],
): CpuOptimizer {
  return (optimizers[settings.name] as unknown as Maker<S>)(settings, arenas, specs)
}
