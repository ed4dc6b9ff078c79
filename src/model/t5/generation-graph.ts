import { GraphBuilder } from '../../graph/builder.ts'
import type { Dialect } from '../../graph/dialect.ts'
import type { Value } from '../../graph/ops.ts'
import type { WeightedGraph } from '../../graph/weighted-graph.ts'
import { type AttentionBias, attention, splitHeads } from './attention.ts'
import type { T5Config } from './config.ts'
import { positionBiases } from './lesson-graph.ts'
import { feedForwardLayer, finalNorm, type LayerContext, layerNorm, parameterInputs, project, stack } from './stack.ts'

/**
 * The encoder, and every decoder layer's keys and values of its output.
 *
 * Inputs: those of the lesson graph that concern the source, and `memory_to_heads` int64 [B, H, R], which is `source_to_heads` with
 * padding up to the longest source of a batch of which these sources are some. Outputs for decoder layer i: `cross_key:i` and
 * `cross_value:i`, [B, H, R, dKv].
 */
export function t5EncoderGraph(config: T5Config, dialect?: Dialect): WeightedGraph {
  const { context, parameters } = inferenceContext(config, dialect)
  const { g } = context
  const heads = config.numHeads
  const ids = g.input('source_ids', 'int64', ['N'])
  const layout = {
    toHeads: g.input('source_to_heads', 'int64', ['B', heads, 'S']),
    fromHeads: g.input('source_from_heads', 'int64', ['N', heads]),
  }
  const memoryLayout = { ...layout, toHeads: g.input('memory_to_heads', 'int64', ['B', heads, 'R']) }
  const padding = g.input('source_padding', 'float', ['B', 1, 1, 'S'])
  const positions = positionBiases(context, 'encoder', g.input('source_buckets', 'int64', ['S', 'S']))
  const embedded = g.gather(context.parameter('shared.weight'), ids)
  const encoded = stack(context, 'encoder', {
    embedded,
    layout,
    biases: positions.map((position) => ({ bias: g.add(position, padding) })),
  })
  for (let block = 0; block < config.numDecoderLayers; block++) {
    const name = `decoder.block.${block}.layer.1.EncDecAttention`
    g.output(`cross_key:${block}`, splitHeads(g, project(context, name, 'k', encoded), memoryLayout, config.dKv))
    g.output(`cross_value:${block}`, splitHeads(g, project(context, name, 'v', encoded), memoryLayout, config.dKv))
  }
  return { graph: g, parameters: [...parameters.keys()] }
}

/**
 * One step of the decoder with cached keys and values.
 *
 * Inputs: `token_ids` int64 [B], `position_buckets` int64 [1, P+1] (of the P cached positions and the new one), `source_padding` [B, 1, 1, S], and for
 * layer i `key:i`, `value:i` [B, H, P, dKv] (P = 0 at first), `cross_key:i`, `cross_value:i` [B, H, S, dKv].
 * Outputs: `logits` [B, V] and their `argmax` int64 [B], `next_key:i`, `next_value:i` [B, H, P+1, dKv].
 *
 * @param fewRows whether B is small: see {@link GraphBuilder}
 */
export function t5DecoderStepGraph(config: T5Config, dialect?: Dialect, fewRows = false): WeightedGraph {
  const { g, logits, parameters } = decoderStep(config, undefined, dialect, fewRows)
  g.output('logits', logits)
  g.output('argmax', g.argMax(logits, 1))
  return { graph: g, parameters }
}

/**
 * The same for several beams a source, whose rows stand side by side: row b*beams + k is beam k of source b. The source's
 * keys and values are there once for all its beams, and each row goes on from any row C of the cache.
 *
 * Inputs: `token_ids` and `cache_rows` int64 [beams*B], `key:i`, `value:i` [C, H, P, dKv], the others as above.
 * Outputs: `log_probs` [beams*B, V], `next_key:i`, `next_value:i` [beams*B, H, P+1, dKv]. With `candidates` it takes
 * `beam_scores` [beams*B, 1] too, and gives instead of all log probabilities the continuations of each source with the highest
 * sums of both, the best first: `candidate_scores` and, as beam*V + token, `candidate_places` int64 [B, candidates].
 */
export function t5BeamStepGraph(
  config: T5Config,
  beams: number,
  candidates: number | undefined,
  dialect?: Dialect,
): WeightedGraph {
  const { g, logits, parameters } = decoderStep(config, beams, dialect)
  const logProbs = g.logSoftmax(logits)
  if (candidates === undefined) g.output('log_probs', logProbs)
  else {
    const scores = g.add(logProbs, g.input('beam_scores', 'float', [`${beams}*B`, 1]))
    const { values, places } = g.topK(g.reshape(scores, [-1, beams * config.vocabSize]), candidates, 1)
    g.output('candidate_scores', values)
    g.output('candidate_places', places)
  }
  return { graph: g, parameters }
}

function decoderStep(
  config: T5Config,
  beams: number | undefined,
  dialect: Dialect | undefined,
  fewRows = false,
): { g: GraphBuilder; logits: Value; parameters: string[] } {
  const { context, parameters } = inferenceContext(config, dialect, fewRows)
  const { g } = context
  const { numHeads: heads, dKv } = config
  const rows = beams === undefined ? 'B' : `${beams}*B`
  const ids = g.input('token_ids', 'int64', [rows])
  const cacheRows = beams === undefined ? undefined : g.input('cache_rows', 'int64', [rows])
  const padding = g.input('source_padding', 'float', ['B', 1, 1, 'S'])
  const positions = positionBiases(context, 'decoder', g.input('position_buckets', 'int64', [1, '(P+1)']))
  const oneRow = (x: Value): Value => g.reshape(x, [-1, heads, 1, dKv]) // [B, H, 1, dKv]
  const attend = (name: string, query: Value, key: Value, value: Value, bias: AttentionBias): Value => {
    const read = attention(g, oneRow(project(context, name, 'q', query)), key, value, bias, undefined)
    return project(context, name, 'o', g.reshape(read, [-1, heads * dKv]))
  }
  // The beams of a source are the queries of one attention, as a target's tokens are in a lesson.
  const attendTogether = (name: string, query: Value, key: Value, value: Value, bias: AttentionBias): Value => {
    const asked = g.reshape(project(context, name, 'q', query), [-1, beams!, heads, dKv])
    const read = attention(g, g.transpose(asked, [0, 2, 1, 3]), key, value, bias, undefined) // [B, H, beams, dKv]
    return project(context, name, 'o', g.reshape(g.transpose(read, [0, 2, 1, 3]), [-1, heads * dKv]))
  }
  const attendSource = beams === undefined ? attend : attendTogether

  let x = g.gather(context.parameter('shared.weight'), ids) // [B, dModel]
  for (let block = 0; block < config.numDecoderLayers; block++) {
    const prefix = `decoder.block.${block}.layer`
    const grow = (kind: 'key' | 'value', letter: 'k' | 'v', input: Value): Value => {
      const past = g.input(`${kind}:${block}`, 'float', [cacheRows ? 'C' : 'B', heads, 'P', dKv])
      const added = oneRow(project(context, `${prefix}.0.SelfAttention`, letter, input))
      const kept = cacheRows ? g.gather(past, cacheRows) : past
      return g.output(`next_${kind}:${block}`, g.concat([kept, added], 2))
    }
    const self = layerNorm(context, `${prefix}.0`, x)
    const key = grow('key', 'k', self)
    const value = grow('value', 'v', self)
    x = g.add(x, attend(`${prefix}.0.SelfAttention`, self, key, value, { bias: positions[block] ?? positions[0]! }))
    const crossKey = g.input(`cross_key:${block}`, 'float', ['B', heads, 'S', dKv])
    const crossValue = g.input(`cross_value:${block}`, 'float', ['B', heads, 'S', dKv])
    const query = layerNorm(context, `${prefix}.1`, x)
    x = g.add(x, attendSource(`${prefix}.1.EncDecAttention`, query, crossKey, crossValue, { bias: padding }))
    x = feedForwardLayer(context, `${prefix}.2`, x)
  }
  const decoded = finalNorm(context, 'decoder', x)
  const scaled = config.scaleOutput ? g.mul(decoded, g.scalar(config.dModel ** -0.5)) : decoded
  const head = context.parameter(config.tied ? 'shared.weight' : 'lm_head.weight')
  const logits = g.gemm(scaled, head, { transB: true }) // [B, V]
  return { g, logits, parameters: [...parameters.keys()] }
}

/** Layers without dropout. */
function inferenceContext(
  config: T5Config,
  dialect: Dialect | undefined,
  fewRows = false,
): { context: LayerContext; parameters: ReadonlyMap<string, Value> } {
  const g = new GraphBuilder(dialect, { fewRows })
  const { parameter, declared } = parameterInputs(g, config)
  return { context: { g, config, parameter, mask: () => undefined }, parameters: declared }
}
