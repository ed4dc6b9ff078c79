import type { Tensor } from '../../graph/tensor.ts'
import type { Generation } from '../family.ts'
import { packSources } from './batch.ts'
import type { T5Config } from './config.ts'
import { t5BeamStepGraph, t5DecoderStepGraph, t5EncoderGraph } from './generation-graph.ts'
import { relativePositionBuckets } from './position.ts'

/** How a T5 writes: every decoder layer keeps keys and values, of the source once and of the tokens so far. */
export function t5Generation(config: T5Config): Generation {
  const names = (...kinds: string[]): string[] =>
    Array.from({ length: config.numDecoderLayers }, (_, layer) => kinds.map((kind) => `${kind}:${layer}`)).flat()
  const cache = names('key', 'value')
  return {
    encoder: t5EncoderGraph(config),
    memory: names('cross_key', 'cross_value'),
    step: t5DecoderStepGraph(config),
    beamStep: (beams) => t5BeamStepGraph(config, beams),
    cache,
    sources(ids) {
      const inputs = packSources(config, ids)
      return { inputs, kept: { source_padding: inputs.source_padding! } }
    },
    emptyCache(rows) {
      const dims = [rows, config.numHeads, 0, config.dKv]
      return Object.fromEntries(
        cache.map((name): [string, Tensor] => [name, { type: 'float', data: new Float32Array(0), dims }]),
      )
    },
    beamInputs: (cacheRows) => ({
      cache_rows: { type: 'int64', data: BigInt64Array.from(cacheRows, BigInt), dims: [cacheRows.length] },
    }),
    stepInputs(tokens, position) {
      const buckets = relativePositionBuckets(config, 1, position + 1, { bidirectional: false, firstQuery: position })
      return {
        token_ids: { type: 'int64', data: BigInt64Array.from(tokens, (id) => BigInt(id)), dims: [tokens.length] },
        position_buckets: { type: 'int64', data: buckets, dims: [1, position + 1] },
      }
    },
  }
}
