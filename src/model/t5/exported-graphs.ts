import { GraphBuilder } from '../../graph/builder.ts'
import { standardDialect } from '../../graph/dialect.ts'
import { type Dim, sum } from '../../graph/dim.ts'
import { clip, range } from '../../graph/integers.ts'
import type { Value } from '../../graph/ops.ts'
import type { WeightedGraph } from '../../graph/weighted-graph.ts'
import type { ExportedGraphs } from '../family.ts'
import { type AttentionBias, attention } from './attention.ts'
import { hidden } from './batch.ts'
import type { T5Config } from './config.ts'
import { positionBiases } from './lesson-graph.ts'
import { relativePositionBuckets } from './position.ts'
import { feedForwardLayer, finalNorm, type LayerContext, layerNorm, parameterInputs, project } from './stack.ts'

/** Names of extents as Optimum writes them; transformers.js makes an empty cache of those that it does not know. */
const batch = 'batch_size'
const sourceLength = 'encoder_sequence_length'
const targetLength = 'decoder_sequence_length'
const pastLength = 'past_decoder_sequence_length'
const pastSourceLength = 'past_encoder_sequence_length'

/**
 * The two graphs that transformers.js runs, over padded batches and with standard operators, which every provider of onnxruntime
 * has.
 *
 * The decoder takes the cache of every layer, empty at first, and gives it longer. Keys and values of the source are made of those
 * of its tokens that are not in the cache: all in the first step, none later, so that one graph does for both.
 */
export function t5ExportedGraphs(config: T5Config): ExportedGraphs {
  return { encoder: encoder(config), decoder: decoder(config) }
}

/** `input_ids`, `attention_mask` int64 [B, S] -> `last_hidden_state` [B, S, dModel] */
function encoder(config: T5Config): WeightedGraph {
  const { context, finish } = exportContext(config)
  const { g } = context
  const ids = g.input('input_ids', 'int64', [batch, sourceLength])
  const padding = paddingBias(g, g.input('attention_mask', 'int64', [batch, sourceLength]))
  const places = range(g, scalarExtent(g, ids, 1), sourceLength)
  const distances = g.sub(g.unsqueeze(places, [0]), g.unsqueeze(places, [1])) // key - query, [S, S]
  const biases = positionBiases(context, 'encoder', bucketsOf(g, config, distances, true)).map((position) => ({
    bias: g.add(position, padding), // [B, H, S, S]
  }))
  let x = embedded(context, ids)
  for (let block = 0; block < config.numLayers; block++) {
    const name = `encoder.block.${block}.layer`
    const self = layerNorm(context, `${name}.0`, x)
    const heads = (letter: 'q' | 'k' | 'v'): Value => {
      return splitRows(context, project(context, `${name}.0.SelfAttention`, letter, self), ids, sourceLength)
    }
    const read = attention(g, heads('q'), heads('k'), heads('v'), biases[block] ?? biases[0]!, undefined)
    x = g.add(x, project(context, `${name}.0.SelfAttention`, 'o', joinRows(context, read)))
    x = feedForwardLayer(context, `${name}.1`, x)
  }
  g.output('last_hidden_state', unflattened(g, finalNorm(context, 'encoder', x), ids, [sourceLength, config.dModel]))
  return finish()
}

/**
 * `input_ids` [B, T], `encoder_attention_mask` [B, S] int64, `encoder_hidden_states` [B, S, dModel] and for layer i
 * `past_key_values.i.decoder.key`, `.value` [B, H, P, dKv] and `past_key_values.i.encoder.key`, `.value` [B, H, C, dKv], C = 0 or S
 * -> `logits` [B, T, V] and each of the cache as `present.i…`, P + T and S long
 */
function decoder(config: T5Config): WeightedGraph {
  const { context, finish } = exportContext(config)
  const { g } = context
  const ids = g.input('input_ids', 'int64', [batch, targetLength])
  const padding = { bias: paddingBias(g, g.input('encoder_attention_mask', 'int64', [batch, sourceLength])) }
  const memory = g.input('encoder_hidden_states', 'float', [batch, sourceLength, config.dModel])
  const caches = Array.from({ length: config.numDecoderLayers }, (_, layer) => cacheInputs(g, config, layer))
  const biases = targetBiases(context, ids, caches[0]!.self.key)
  const rest = sourceRest(g, memory, caches[0]!.cross.key)
  let x = embedded(context, ids)
  for (const [layer, { self, cross }] of caches.entries()) {
    const name = `decoder.block.${layer}.layer`
    const split = (attentionName: string, letter: 'q' | 'k' | 'v', rows: Value): Value =>
      splitRows(context, project(context, `${name}.${attentionName}`, letter, rows), ids, targetLength)
    const input = layerNorm(context, `${name}.0`, x)
    const grown = (past: Value, letter: 'k' | 'v'): Value =>
      g.concat([past, split('0.SelfAttention', letter, input)], 2)
    const key = g.output(`present.${layer}.decoder.key`, grown(self.key, 'k'))
    const value = g.output(`present.${layer}.decoder.value`, grown(self.value, 'v'))
    const query = split('0.SelfAttention', 'q', input)
    const attended = attention(g, query, key, value, biases[layer] ?? biases[0]!, undefined)
    x = g.add(x, project(context, `${name}.0.SelfAttention`, 'o', joinRows(context, attended)))

    const whole = (past: Value, letter: 'k' | 'v'): Value => {
      const made = project(context, `${name}.1.EncDecAttention`, letter, g.reshape(rest, [-1, config.dModel]))
      const parts = [past, splitRows(context, made, rest, restLength)] as const
      // The lengths of both come to the source's.
      const shape = [batch, config.numHeads, sourceLength, config.dKv]
      return g.apply('Concat', parts, { axis: 2 }, [{ type: 'float', shape }])
    }
    const crossKey = g.output(`present.${layer}.encoder.key`, whole(cross.key, 'k'))
    const crossValue = g.output(`present.${layer}.encoder.value`, whole(cross.value, 'v'))
    const asked = split('1.EncDecAttention', 'q', layerNorm(context, `${name}.1`, x))
    const read = attention(g, asked, crossKey, crossValue, padding, undefined)
    x = g.add(x, project(context, `${name}.1.EncDecAttention`, 'o', joinRows(context, read)))
    x = feedForwardLayer(context, `${name}.2`, x)
  }
  const decoded = finalNorm(context, 'decoder', x)
  const scaled = config.scaleOutput ? g.mul(decoded, g.scalar(config.dModel ** -0.5)) : decoded
  const head = context.parameter(config.tied ? 'shared.weight' : 'lm_head.weight')
  const logits = g.gemm(scaled, head, { transB: true }) // [B*T, V]
  g.output('logits', unflattened(g, logits, ids, [targetLength, config.vocabSize]))
  return finish()
}

interface LayerCache {
  readonly self: { readonly key: Value; readonly value: Value }
  readonly cross: { readonly key: Value; readonly value: Value }
}

function cacheInputs(g: GraphBuilder, { numHeads, dKv }: T5Config, layer: number): LayerCache {
  const cached = (side: string, kind: string, length: Dim): Value =>
    g.input(`past_key_values.${layer}.${side}.${kind}`, 'float', [batch, numHeads, length, dKv])
  const pair = (side: string, length: Dim) => ({
    key: cached(side, 'key', length),
    value: cached(side, 'value', length),
  })
  return { self: pair('decoder', pastLength), cross: pair('encoder', pastSourceLength) }
}

/** Position biases of the target, which hide what comes later, [1, H, T, P+T]. */
function targetBiases(context: LayerContext, ids: Value, pastKey: Value): AttentionBias[] {
  const { g, config } = context
  const past = g.extentOf(pastKey, 2)
  const all = g.reshape(g.add(past, g.extentOf(ids, 1)), [])
  const keys = range(g, all, sum([pastLength, targetLength]))
  const queries = g.add(range(g, scalarExtent(g, ids, 1), targetLength), past)
  const distances = g.sub(g.unsqueeze(keys, [0]), g.unsqueeze(queries, [1])) // [T, P+T]
  const later = g.mul(g.cast(clip(g, distances, 0, 1), 'float'), g.scalar(hidden))
  return positionBiases(context, 'decoder', bucketsOf(g, config, distances, false)).map((position) => ({
    bias: g.add(position, later),
  }))
}

/** Those rows of the source that no cache holds, [B, R, dModel]. */
function sourceRest(g: GraphBuilder, memory: Value, pastKey: Value): Value {
  return g.slice(memory, 1, g.extentOf(pastKey, 2), g.extentOf(memory, 1), restLength)
}

const restLength = 'new_encoder_sequence_length'

/** Buckets of distances, key before query being negative: far ones are all in the last. */
function bucketsOf(g: GraphBuilder, config: T5Config, distances: Value, bidirectional: boolean): Value {
  const farthest = config.relativeAttentionMaxDistance
  const length = 2 * farthest + 1
  const options = { bidirectional, firstQuery: farthest }
  const byDistance = g.constant('int64', Array.from(relativePositionBuckets(config, 1, length, options), Number))
  return g.gather(byDistance, g.add(clip(g, distances, -farthest, farthest), g.constant('int64', [farthest], [])))
}

/** 0 for tokens, [B, 1, 1, S]. */
function paddingBias(g: GraphBuilder, mask: Value): Value {
  return g.unsqueeze(g.mul(g.sub(g.scalar(1), g.cast(mask, 'float')), g.scalar(hidden)), [1, 2])
}

/** [B, L] -> [B*L, dModel] */
function embedded({ g, parameter }: LayerContext, ids: Value): Value {
  return g.gather(parameter('shared.weight'), g.reshape(ids, [-1]))
}

/** [B*L, H*dKv] -> [B, H, L, dKv]. @param like has B and L as its first extents */
function splitRows({ g, config }: LayerContext, rows: Value, like: Value, length: Dim): Value {
  return g.transpose(unflattened(g, rows, like, [length, config.numHeads, config.dKv]), [0, 2, 1, 3])
}

/** [B, H, L, dKv] -> [B*L, H*dKv] */
function joinRows({ g, config }: LayerContext, x: Value): Value {
  return g.reshape(g.transpose(x, [0, 2, 1, 3]), [-1, config.numHeads * config.dKv])
}

/** [B*L, …] -> [B, L, …] */
function unflattened(g: GraphBuilder, x: Value, like: Value, rest: readonly [Dim, ...number[]]): Value {
  const fixed = rest.slice(1) as number[]
  const sizes = g.concat([g.extentOf(like, 0), g.extentOf(like, 1), g.constant('int64', fixed)], 0)
  return g.apply('Reshape', [x, sizes], { shape: [batch, ...rest] })
}

function scalarExtent(g: GraphBuilder, x: Value, axis: number): Value {
  return g.reshape(g.extentOf(x, axis), [])
}

function exportContext(config: T5Config): { context: LayerContext; finish: () => WeightedGraph } {
  const g = new GraphBuilder(standardDialect)
  const { parameter, declared } = parameterInputs(g, config)
  const context = { g, config, parameter, mask: () => undefined }
  return { context, finish: () => ({ graph: g, parameters: [...declared.keys()] }) }
}
