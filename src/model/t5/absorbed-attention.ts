import type { GraphBuilder } from '../../graph/builder.ts'
import { type Dim, product, type Shape } from '../../graph/dim.ts'
import { sizesFrom } from '../../graph/integers.ts'
import type { Value } from '../../graph/ops.ts'
import { type DroppedSoftmax, droppedSoftmax } from './attention.ts'
import type { T5Config } from './config.ts'
import type { DropoutMask } from './dropout-mask.ts'

/** What a cross-attention reads where the projections of keys and values are absorbed. */
export interface AbsorbedMemory {
  /** The encoder's output, [B, S, dModel], anything finite on padding. */
  readonly states: Value
  /** Hides padding, [B, 1, 1, S]. */
  readonly padding: Value
  /** Shapes as Reshape takes them. */
  readonly sizes: (shape: Shape) => Value
}

/** @param queries any value that has the extents of the queries, such as their layout [B, H, T] */
export function absorbedMemory(g: GraphBuilder, states: Value, padding: Value, queries: Value): AbsorbedMemory {
  return { states, padding, sizes: sizesFrom(g, [states, queries]) }
}

/** The projections of keys and values, [H*dKv, dModel] each. */
interface AbsorbedWeights {
  readonly key: Value
  readonly value: Value
}

/**
 * Cross-attention that makes no keys and no values: as `q kᵀ = q (x Wkᵀ)ᵀ = (q Wk) xᵀ` and `p v = (p x) Wvᵀ`, the queries and what
 * is read are multiplied by the weights, in place of all source tokens. With H*T below some dKv*H that takes fewer operations, the
 * fewer the shorter targets are.
 *
 * The gradient is written out as a whole, as that of `attention` is.
 *
 * @param q [B, H, T, dKv]
 * @param mask dropout factors for the attention weights, [B, H, T, S]
 * @returns [B, H, T, dKv]
 * Source: the absorbed matrices of multi-head latent attention, DeepSeek-V2, section 2.1.2.
 */
export function absorbedAttention(
  g: GraphBuilder,
  q: Value,
  { states, padding, sizes }: AbsorbedMemory,
  weights: AbsorbedWeights,
  mask: DropoutMask | undefined,
): Value {
  const [B, H, T, dKv] = q.shape as [Dim, number, Dim, number]
  const dModel = states.shape[2] as number
  const shaped = (x: Value, shape: Shape): Value => g.apply('Reshape', [x, sizes(shape)], { shape })
  const headsFirst = (x: Value): Value => {
    const width = x.shape[3] as number
    return g.reshape(g.transpose(x, [1, 0, 2, 3]), [H, product([B, T]), width]) // [B, H, T, w] -> [H, B*T, w]
  }
  const headsInside = (x: Value): Value => {
    const width = x.shape[2] as number
    return g.transpose(shaped(x, [H, B, T, width]), [1, 0, 2, 3]) // [H, B*T, w] -> [B, H, T, w]
  }
  const together = (x: Value): Value => shaped(x, [B, product([H, T]), x.shape[3]!]) // [B, H, T, w] -> [B, H*T, w]
  const apart = (x: Value): Value => shaped(x, [B, H, T, x.shape[2]!]) // the inverse
  const byHead = (weight: Value): Value => g.reshape(weight, [H, dKv, dModel])

  const [key, value] = [byHead(weights.key), byHead(weights.value)]
  let asked!: Value
  let wide!: Value
  let probabilities!: DroppedSoftmax
  let read!: Value
  return g.withGradient(
    [q, states, weights.key, weights.value],
    () => {
      asked = headsFirst(q)
      wide = together(headsInside(g.matmul(asked, key))) // q Wk, [B, H*T, dModel]
      const scores = apart(g.fusedMatmul(wide, states, { transB: true })) // [B, H, T, S]
      probabilities = droppedSoftmax(g, g.add(scores, padding), mask)
      read = headsFirst(apart(g.matmul(together(probabilities.dropped), states))) // [H, B*T, dModel]
      return headsInside(g.fusedMatmul(read, value, { transB: true }))
    },
    (ct) => {
      const dropped = probabilities.again()
      const given = headsFirst(ct)
      const forRead = together(headsInside(g.matmul(given, value))) // [B, H*T, dModel]
      const forValue = g.fusedMatmul(given, read, { transA: true }) // [H, dKv, dModel]
      const forDropped = apart(g.fusedMatmul(forRead, states, { transB: true }))
      const forScores = together(probabilities.back(dropped, forDropped))
      const forWide = headsFirst(apart(g.matmul(forScores, states))) // [H, B*T, dModel]
      const forQ = headsInside(g.fusedMatmul(forWide, key, { transB: true }))
      const forKey = g.fusedMatmul(asked, forWide, { transA: true })
      const forStates = g.add(
        g.fusedMatmul(together(dropped), forRead, { transA: true }),
        g.fusedMatmul(forScores, wide, { transA: true }),
      )
      const flat = (weight: Value): Value => g.reshape(weight, [H * dKv, dModel])
      return [forQ, forStates, flat(forKey), flat(forValue)]
    },
  )
}

/**
 * Whether absorbed projections take clearly fewer operations than keys and values of all source tokens in a pass of such extents.
 *
 * Fewer products than {@link sideBySide} onnxruntime would cut into strips for its threads, whose sums other numbers of threads
 * round otherwise.
 */
export function absorbsProjections(
  { numHeads, dKv, dModel }: T5Config,
  { B, N, S, T }: Readonly<Record<'B' | 'N' | 'S' | 'T', number>>,
): boolean {
  if (Math.min(B, numHeads) < sideBySide) return false
  const queries = B * numHeads * T
  const projected = N * dModel * numHeads * dKv + queries * dKv * S
  const absorbed = queries * dModel * (dKv + S)
  return absorbed < clearly * projected
}

/** So many threads come to the same bits: see the processor's `equalThreads`. */
const sideBySide = 4

/** Products over few queries reach less of a processor's rate than those over all tokens. */
const clearly = 0.6
