import type { Dialect } from '../../graph/dialect.ts'
import type { Generation } from '../family.ts'
import { packSources, sourcePadding } from './batch.ts'
import type { T5Config } from './config.ts'
import { t5BeamStepGraph, t5DecoderStepGraph, t5EncoderGraph } from './generation-graph.ts'
import { relativePositionBuckets } from './position.ts'

/** How a T5 writes: every decoder layer keeps keys and values, of the source once and of the tokens so far. */
export function t5Generation(config: T5Config, dialect?: Dialect): Generation {
  const names = (...kinds: string[]): string[] =>
    Array.from({ length: config.numDecoderLayers }, (_, layer) => kinds.map((kind) => `${kind}:${layer}`)).flat()
  const cache = names('key', 'value')
  return {
    encoder: t5EncoderGraph(config, dialect),
    memory: names('cross_key', 'cross_value'),
    memoryDims: (rows, longest) => [rows, config.numHeads, longest, config.dKv],
    step: (fewRows) => t5DecoderStepGraph(config, dialect, fewRows),
    beamStep: (beams, candidates) => t5BeamStepGraph(config, beams, candidates, dialect),
    cache,
    encoderInputs: (sources, longest) => packSources(config, sources, longest),
    sourceInputs: (sources) => ({ source_padding: sourcePadding(sources) }),
    cacheDims: (rows, length) => [rows, config.numHeads, length, config.dKv],
    beamInputs: (cacheRows, scores) => ({
      cache_rows: { type: 'int64', data: BigInt64Array.from(cacheRows, BigInt), dims: [cacheRows.length] },
      ...(scores ? { beam_scores: { type: 'float', data: Float32Array.from(scores), dims: [scores.length, 1] } } : {}),
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
