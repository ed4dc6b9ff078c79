import { GraphBuilder } from '../../../graph/builder.ts'
import type { AdamWSettings } from '../../optimizer.ts'
import { deviceDialect } from '../device-dialect.ts'
import { giveEach } from './group-graphs.ts'
import type { GroupOptimizer } from './group-optimizer.ts'
import { stackDims } from './parameter-groups.ts'

/**
 * AdamW over a group: the same update as the processor's kernel makes, its scalars computed in float64 and rounded once.
 * Source: torch.optim.AdamW (golden: adamw).
 */
export const adamwGroups: GroupOptimizer<AdamWSettings> = {
  elementwise: true,
  graph({ beta1, beta2 }, group, decays) {
    const g = new GraphBuilder(deviceDialect)
    const dims = stackDims(group)
    const scalar = (name: string) => g.input(name, 'float', [1])
    const grad = g.mul(g.input('gradient', 'float', dims), scalar('gradient_scale'))
    const m = g.input('array0', 'float', dims)
    const v = g.input('array1', 'float', dims)
    const newM = g.add(m, g.mul(g.sub(grad, m), g.scalar(1 - beta1)))
    const newV = g.add(g.mul(v, g.scalar(beta2)), g.mul(g.mul(grad, grad), g.scalar(1 - beta2)))
    const step = g.mul(g.div(newM, g.add(g.sqrt(newV), scalar('epsilon'))), scalar('step_size'))
    const p = g.input('stack', 'float', dims)
    const stack = g.output('new_stack', g.sub(decays ? g.mul(p, scalar('decay')) : p, step))
    g.output('new_array0', newM)
    g.output('new_array1', newV)
    if (group.names.length > 1) giveEach(g, stack, group)
    return g
  },
  scalars({ beta1, beta2, epsilon, weightDecay }, { number, learningRate, gradientScale }) {
    const sqrtBiasCorrection2 = Math.sqrt(1 - beta2 ** number)
    return {
      gradient_scale: gradientScale,
      step_size: (learningRate * sqrtBiasCorrection2) / (1 - beta1 ** number),
      epsilon: epsilon * sqrtBiasCorrection2,
      decay: 1 - learningRate * weightDecay,
    }
  },
  arrayDims: (_, group) => [stackDims(group), stackDims(group)],
}
