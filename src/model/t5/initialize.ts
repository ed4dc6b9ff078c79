import { fillNormal } from '../../base/fill-normal.ts'
import { seededRandom } from '../../base/random.ts'
import type { T5Config } from './config.ts'

/**
 * Fills a parameter of a model that starts from scratch with T5's own random initialisation.
 *
 * Each parameter has a generator of its own: the same seed and config give the same numbers in whatever order and memory
 * they are written.
 *
 * @param seed the lesson's, and the parameter's place in `t5Parameters`
 * Source: `_init_weights` of transformers' modeling_t5.py (after Mesh TensorFlow).
 */
export function initializeParameter(
  config: T5Config,
  name: string,
  seed: readonly [number, number],
  data: Float32Array,
): void {
  if (name.endsWith('layer_norm.weight')) data.fill(config.initializerFactor)
  else fillNormal(data, config.initializerFactor * standardDeviation(config, name), seededRandom(seed))
}

function standardDeviation({ dModel, dKv, dFf, numHeads }: T5Config, name: string): number {
  if (name === 'shared.weight' || name === 'lm_head.weight') return 1
  const kind = name.split('.').at(-2)
  switch (kind) {
    // The queries take over the scaling by 1 / sqrt(dKv) that T5's attention leaves out.
    case 'q':
      return (dModel * dKv) ** -0.5
    case 'k':
    case 'v':
    case 'relative_attention_bias':
    case 'wi':
    case 'wi_0':
    case 'wi_1':
      return dModel ** -0.5
    case 'o':
      return (numHeads * dKv) ** -0.5
    case 'wo':
      return dFf ** -0.5
    default:
      throw new Error(`No initialisation is known for "${name}"`)
  }
}
