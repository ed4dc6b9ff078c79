import { addedTo } from '../../graph/added-to.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import { product, type Shape } from '../../graph/dim.ts'
import { gradients } from '../../graph/gradient.ts'
import type { Value } from '../../graph/ops.ts'
import { permuteRows } from '../../graph/permute-rows.ts'
import type { DropoutSite, GatheredRows, LessonGraph, ParameterRows } from '../../graph/weighted-graph.ts'
import type { LessonGraphOptions } from '../family.ts'
import { type AbsorbedMemory, absorbedMemory } from './absorbed-attention.ts'
import type { HeadLayout } from './attention.ts'
import type { T5Config } from './config.ts'
import { type DropoutMask, keptFactor, maskFactors, maskOfBytes, unpackedMask } from './dropout-mask.ts'
import { negativeLogLikelihood } from './loss.ts'
import { negativeLogLikelihoodInParts } from './loss-in-parts.ts'
import { type LayerContext, parameterInputs, stack } from './stack.ts'

/**
 * T5's forward pass with teacher forcing, and its gradients, as one graph without work on padding.
 *
 * Extents: B examples, N source tokens and M target tokens in all, the longest S and T.
 *
 * Inputs besides the weights: `source_ids` int64 [N], `decoder_ids` and `labels` int64 [M], `source_to_heads` int64 [B, H, S], `source_from_heads` int64 [N, H], `target_to_heads` int64 [B, H, T],
 * `target_from_heads` int64 [M, H], `source_padding` [B, 1, 1, S] (0, or a large negative number on padding), `causal` [1, 1, T, T],
 * `source_buckets` int64 [S, S], `target_buckets` int64 [T, T].
 * For short targets also `source_to_rows` int64 [B, S] and `source_from_rows` int64 [N], the layout without heads.
 * With gradients also `loss_scale` []: what each token's loss counts in the sum that is differentiated.
 * Outputs: `nll` [M], and those that the returned maps name.
 */
export function t5LessonGraph(config: T5Config, options: LessonGraphOptions): LessonGraph {
  const g = new GraphBuilder(options.dialect)
  const { parameter, declared } = parameterInputs(g, config)
  const sites: DropoutSite[] = []
  const boundShapes = new Map<string, Shape>()
  const bound = (shape: Shape): Value => {
    const name = `extents:${shape.join(',')}`
    const known = g.inputs.find((input) => input.name === name)
    boundShapes.set(name, shape)
    return known ?? g.input(name, 'int64', [shape.length])
  }
  const masks = options.dropout ? maskMaker(g, bound) : undefined
  const context: LayerContext = {
    g,
    config,
    parameter,
    mask(name, shape) {
      if (!masks) return undefined
      sites.push({ name, shape })
      return masks(name, shape, sites.length)
    },
  }

  const { numHeads: heads } = config
  const sourceIds = g.input('source_ids', 'int64', ['N'])
  const decoderIds = g.input('decoder_ids', 'int64', ['M'])
  const labels = g.input('labels', 'int64', ['M'])
  const layout = (side: string, rows: string, length: string): HeadLayout => {
    const toHeads = g.input(`${side}_to_heads`, 'int64', ['B', heads, length])
    const fromHeads = g.input(`${side}_from_heads`, 'int64', [rows, heads])
    // A teacher alone binds extents.
    if (!options.gradients) return { toHeads, fromHeads }
    const end = bound([product([rows, heads])])
    return { toHeads, fromHeads, toHeadsOrAny: g.where(g.equal(toHeads, end), g.constant('int64', [0]), toHeads) }
  }
  const sourceLayout = layout('source', 'N', 'S')
  const targetLayout = layout('target', 'M', 'T')
  const padding = g.input('source_padding', 'float', ['B', 1, 1, 'S'])
  const causal = g.input('causal', 'float', [1, 1, 'T', 'T'])
  const sourcePositions = positionBiases(context, 'encoder', g.input('source_buckets', 'int64', ['S', 'S']))
  const targetPositions = positionBiases(context, 'decoder', g.input('target_buckets', 'int64', ['T', 'T']))

  const table = parameter('shared.weight')
  const sourceRows = g.gather(table, sourceIds) // [N, dModel]
  const decoderRows = g.gather(table, decoderIds) // [M, dModel]
  const encoded = stack(context, 'encoder', {
    embedded: sourceRows,
    layout: sourceLayout,
    biases: sourcePositions.map((position) => ({ bias: g.add(position, padding), learned: position })),
  })
  const absorbed = (): AbsorbedMemory => {
    const toRows = g.input('source_to_rows', 'int64', ['B', 'S'])
    const fromRows = g.input('source_from_rows', 'int64', ['N'])
    const states = permuteRows(g, encoded, toRows, fromRows, [fromRows])
    return absorbedMemory(g, states, padding, targetLayout.toHeads)
  }
  const decoded = stack(
    context,
    'decoder',
    {
      embedded: decoderRows,
      layout: targetLayout,
      // Padding stands after the real tokens, so the causal mask hides it from every real query.
      biases: targetPositions.map((position) => ({ bias: g.add(position, causal), learned: position })),
    },
    options.shortTargets ? absorbed() : { hidden: encoded, layout: sourceLayout, padding },
  )
  const scaled = config.scaleOutput ? g.mul(decoded, g.scalar(config.dModel ** -0.5)) : decoded
  const head = headParts(context, options.outputRows ?? g.dialect.outputRows)
  const parts = head.map(({ value }) => value)
  const { nll, logits } =
    parts.length === 1
      ? negativeLogLikelihood(g, scaled, parts[0]!, labels, options.labelSmoothing)
      : negativeLogLikelihoodInParts(g, scaled, parts, labels, options.labelSmoothing)
  g.output('nll', nll)
  if (options.inspect) {
    g.output('logits', logits)
    g.output('encoder_output', encoded)
  }

  const denseGradients = new Map<string, string>()
  const accumulators = new Map<string, string>()
  const gatheredRows: GatheredRows[] = []
  if (options.gradients) {
    const inputs = new Map(declared)
    if (!config.tied || parts.length > 1) inputs.delete('shared.weight')
    for (const { value } of head) inputs.set(value.name, value)
    const dense = [...inputs.keys()]
    const rows = [
      { ids: 'source_ids', value: sourceRows },
      { ids: 'decoder_ids', value: decoderRows },
    ]
    const cotangent = g.expandLike(g.reshape(g.input('loss_scale', 'float', []), [1]), nll)
    const wrt = [...inputs.values(), ...rows.map(({ value }) => value)]
    const found = gradients(g, [{ value: nll, cotangent }], wrt)
    dense.forEach((name, at) => {
      const gradient = found[at]
      if (!gradient) throw new Error(`Cannot find a gradient for "${name}"`)
      let total = gradient
      if (options.accumulate) {
        const input = `accumulated:${name}`
        total = addedTo(g, g.input(input, 'float', gradient.shape), gradient)
        accumulators.set(name, input)
      }
      g.output(`gradient:${name}`, total)
      denseGradients.set(name, `gradient:${name}`)
    })
    rows.forEach(({ ids }, at) => {
      const output = `rows:${ids}`
      g.output(output, found[dense.length + at]!)
      gatheredRows.push({ parameter: 'shared.weight', ids, output })
    })
  }
  const parameterRows = new Map(head.flatMap(({ value, rows }) => (rows ? [[value.name, rows] as const] : [])))
  const parameters = [...declared.keys()]
  const inputs = { parameters, parameterRows, boundShapes, dropoutSites: sites }
  return { graph: g, ...inputs, denseGradients, accumulators, gatheredRows }
}

/** Declares the mask of one dropout site after the other as an input, numbered from 1, in the dialect's form. */
function maskMaker(
  g: GraphBuilder,
  bound: (shape: Shape) => Value,
): (name: string, shape: Shape, number: number) => DropoutMask {
  if (g.dialect.masks === 'bytes') {
    const factor = g.input(keptFactor, 'float', [1])
    return (name, shape) => maskOfBytes(g, g.input(`mask:${name}`, 'uint8', shape), factor)
  }
  const tables = maskFactors.map((name) => g.input(name, 'float', [256, 8]))
  return (name, shape, number) => {
    const bits = g.cast(g.input(`mask:${name}`, 'uint8', [`bytes${number}`]), 'int32')
    const [value, again] = tables.map((table) => () => unpackedMask(g, bits, table, shape, bound))
    return { value: value!(), again: again! }
  }
}

/** The output layer's weights in parts of about `most` rows, each an input of the graph; a small vocabulary is one part. */
function headParts({ g, config, parameter }: LayerContext, most: number): readonly HeadPart[] {
  const name = config.tied ? 'shared.weight' : 'lm_head.weight'
  const { vocabSize, dModel } = config
  const count = Math.ceil(vocabSize / most)
  if (count <= 1) return [{ value: parameter(name) }]
  const size = Math.ceil(vocabSize / count)
  return Array.from({ length: count }, (_, part) => {
    const rows = { parameter: name, begin: part * size, end: Math.min(vocabSize, (part + 1) * size) }
    return { value: g.input(`${name}[${rows.begin}:${rows.end}]`, 'float', [rows.end - rows.begin, dModel]), rows }
  })
}

interface HeadPart {
  readonly value: Value
  /** Where they are not all. */
  readonly rows?: ParameterRows
}

/** The bias that a stack's blocks share, or that of each, [1, H, queries, keys], picked by buckets [queries, keys]. */
export function positionBiases(context: LayerContext, side: 'encoder' | 'decoder', buckets: Value): Value[] {
  const { g, config, parameter } = context
  const blocks = side === 'encoder' ? config.numLayers : config.numDecoderLayers
  return Array.from({ length: config.biasInEveryBlock ? blocks : 1 }, (_, block) => {
    const table = parameter(`${side}.block.${block}.layer.0.SelfAttention.relative_attention_bias.weight`) // [buckets, H]
    return g.unsqueeze(
      g.dialect.orderedScatter ? pickBuckets(g, table, buckets) : pickBucketsInOrder(g, table, buckets),
      [0],
    )
  })
}

/** [buckets, H], [queries, keys] -> [H, queries, keys] */
function pickBuckets(g: GraphBuilder, table: Value, buckets: Value): Value {
  return g.gather(g.transpose(table, [1, 0]), buckets, 1)
}

/** The same with a gradient that adds what was picked more than once in a fixed order: one product a query, then a sum. */
function pickBucketsInOrder(g: GraphBuilder, table: Value, buckets: Value): Value {
  const count = table.shape[0] as number
  return g.withGradient(
    [table],
    () => pickBuckets(g, table, buckets),
    (ct) => {
      const numbers = g.constant('int32', [...new Array(count).keys()])
      const picks = g.cast(g.equal(g.unsqueeze(g.cast(buckets, 'int32'), [2]), numbers), 'float') // [queries, keys, buckets]
      const ofQueries = g.matmul(g.transpose(ct, [1, 0, 2]), picks) // [queries, H, buckets]
      return [g.transpose(g.reduceSum(ofQueries, [0], false), [1, 0])]
    },
  )
}
