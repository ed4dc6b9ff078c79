import type { GraphBuilder } from '../../graph/builder.ts'
import type { Dim, Shape } from '../../graph/dim.ts'
import type { Value } from '../../graph/ops.ts'
import { type AbsorbedMemory, absorbedAttention } from './absorbed-attention.ts'
import { type AttentionBias, attention, type HeadLayout, joinHeads, splitHeads } from './attention.ts'
import type { T5Config } from './config.ts'
import { type DropoutMask, dropped } from './dropout-mask.ts'
import { feedForward } from './feed-forward.ts'
import { t5Parameters } from './parameters.ts'

/** What the layers of one graph have in common. */
export interface LayerContext {
  readonly g: GraphBuilder
  readonly config: T5Config
  /** The weight of that name as a graph input, declared at its first use. */
  readonly parameter: (name: string) => Value
  /** The mask of a site as a graph input, or nothing where the graph is built without dropout. */
  readonly mask: (name: string, shape: Shape) => DropoutMask | undefined
}

/** Declares weights as graph inputs, each at its first use. */
export function parameterInputs(
  g: GraphBuilder,
  config: T5Config,
): { parameter: LayerContext['parameter']; declared: ReadonlyMap<string, Value> } {
  const specs = new Map(t5Parameters(config).map((spec) => [spec.name, spec]))
  const declared = new Map<string, Value>()
  const parameter = (name: string): Value => {
    const known = declared.get(name)
    if (known) return known
    const spec = specs.get(name)
    if (!spec) throw new Error(`Cannot use parameter "${name}" as the model has none of that name`)
    const value = g.input(name, 'float', spec.shape)
    declared.set(name, value)
    return value
  }
  return { parameter, declared }
}

/** One side of the model in packed form: how its rows become padded heads, and the biases of its self-attention. */
export interface StackInput {
  /** Embedded tokens, [rows, dModel]. */
  readonly embedded: Value
  readonly layout: HeadLayout
  /** Of the self-attention: one for all blocks, or one for each. */
  readonly biases: readonly AttentionBias[]
}

/** The encoder's result as the decoder's cross-attention reads it: with keys and values of its own, or with these absorbed. */
export type EncoderMemory = ProjectedMemory | AbsorbedMemory

interface ProjectedMemory {
  /** [N, dModel] */
  readonly hidden: Value
  readonly layout: HeadLayout
  /** Hides padding from cross-attention, [B, 1, 1, S]; there is no learned part. */
  readonly padding: Value
}

/** Runs all blocks of the encoder, or of the decoder when `memory` is given; returns [rows, dModel] after the final norm. */
export function stack(
  context: LayerContext,
  side: 'encoder' | 'decoder',
  input: StackInput,
  memory?: EncoderMemory,
): Value {
  const { g, config } = context
  const layers = side === 'encoder' ? config.numLayers : config.numDecoderLayers
  const [batch, heads, length] = input.layout.toHeads.shape as [Dim, number, Dim]
  let x = dropout(context, `${side}.embedding`, input.embedded)
  for (let block = 0; block < layers; block++) {
    const prefix = `${side}.block.${block}.layer`
    const self = layerNorm(context, `${prefix}.0`, x)
    const selfMask = context.mask(`${prefix}.0.weights`, [batch, heads, length, length])
    const attended = attentionLayer(
      context,
      `${prefix}.0.SelfAttention`,
      self,
      self,
      input.layout,
      input.layout,
      input.biases[block] ?? input.biases[0]!,
      selfMask,
    )
    x = g.add(x, dropout(context, `${prefix}.0`, attended))
    if (memory) {
      const keys = memory.padding.shape[3]!
      const crossMask = context.mask(`${prefix}.1.weights`, [batch, heads, length, keys])
      const query = layerNorm(context, `${prefix}.1`, x)
      const name = `${prefix}.1.EncDecAttention`
      const read =
        'states' in memory
          ? absorbedLayer(context, name, query, memory, input.layout, crossMask)
          : attentionLayer(
              context,
              name,
              query,
              memory.hidden,
              input.layout,
              memory.layout,
              { bias: memory.padding },
              crossMask,
            )
      x = g.add(x, dropout(context, `${prefix}.1`, read))
    }
    x = feedForwardLayer(context, `${prefix}.${memory ? 2 : 1}`, x)
  }
  return dropout(context, `${side}.final`, finalNorm(context, side, x))
}

/** `x · mask` where the graph has dropout, else `x`. */
function dropout(context: LayerContext, site: string, x: Value): Value {
  return dropped(context.g, x, context.mask(site, x.shape))
}

/** The norm before a sub-layer. */
export function layerNorm({ g, config, parameter }: LayerContext, prefix: string, x: Value): Value {
  return g.rmsNorm(x, parameter(`${prefix}.layer_norm.weight`), config.layerNormEpsilon).y
}

/** The norm after the last block. */
export function finalNorm({ g, config, parameter }: LayerContext, side: 'encoder' | 'decoder', x: Value): Value {
  return g.rmsNorm(x, parameter(`${side}.final_layer_norm.weight`), config.layerNormEpsilon).y
}

/** Norm, feed-forward, residual. */
export function feedForwardLayer(context: LayerContext, prefix: string, x: Value): Value {
  const { g, config, parameter } = context
  const inner = context.mask(`${prefix}.inner`, [x.shape[0]!, config.dFf])
  const weights = (name: string): Value => parameter(`${prefix}.DenseReluDense.${name}.weight`)
  const y = feedForward(g, config, layerNorm(context, prefix, x), weights, inner)
  return g.add(x, dropout(context, prefix, y))
}

/** `x Wᵀ` with one of an attention's projections. */
export function project(
  { g, parameter }: LayerContext,
  attentionName: string,
  letter: 'q' | 'k' | 'v' | 'o',
  x: Value,
): Value {
  return g.gemm(x, parameter(`${attentionName}.${letter}.weight`), { transB: true })
}

function absorbedLayer(
  context: LayerContext,
  name: string,
  queries: Value,
  memory: AbsorbedMemory,
  layout: HeadLayout,
  mask: DropoutMask | undefined,
): Value {
  const { g, config, parameter } = context
  const q = splitHeads(g, project(context, name, 'q', queries), layout, config.dKv)
  const weights = { key: parameter(`${name}.k.weight`), value: parameter(`${name}.v.weight`) }
  const read = absorbedAttention(g, q, memory, weights, mask)
  return project(context, name, 'o', joinHeads(g, read, layout, config.dKv))
}

function attentionLayer(
  context: LayerContext,
  name: string,
  queries: Value,
  memory: Value,
  queryLayout: HeadLayout,
  memoryLayout: HeadLayout,
  bias: AttentionBias,
  mask: DropoutMask | undefined,
): Value {
  const { g, config } = context
  const q = splitHeads(g, project(context, name, 'q', queries), queryLayout, config.dKv)
  const k = splitHeads(g, project(context, name, 'k', memory), memoryLayout, config.dKv)
  const v = splitHeads(g, project(context, name, 'v', memory), memoryLayout, config.dKv)
  const read = attention(g, q, k, v, bias, mask) // [B, H, Tq, dKv]
  return project(context, name, 'o', joinHeads(g, read, queryLayout, config.dKv))
}
