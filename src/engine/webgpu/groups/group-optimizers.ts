import type { OptimizerName, OptimizerSettings } from '../../optimizer.ts'
import { adafactorGroups } from './adafactor-graph.ts'
import { adamwGroups } from './adamw-graph.ts'
import type { GroupOptimizer } from './group-optimizer.ts'

/** Every optimizer as graphs. */
const optimizers: { readonly [K in OptimizerName]: GroupOptimizer<Extract<OptimizerSettings, { name: K }>> } = {
  adamw: adamwGroups,
  adafactor: adafactorGroups,
}

/** An optimizer by its settings. */
export function groupOptimizer<S extends OptimizerSettings>({ name }: S): GroupOptimizer<S> {
  return optimizers[name] as unknown as GroupOptimizer<S>
}
