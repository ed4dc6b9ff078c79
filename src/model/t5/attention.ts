import type { GraphBuilder } from '../../graph/builder.ts'
import type { Value } from '../../graph/ops.ts'
import { permuteRows } from '../../graph/permute-rows.ts'
import type { DropoutMask } from './dropout-mask.ts'

/**
 * Where the real tokens of a padded batch lie, as two gathers that undo each other.
 *
 * With `rows` packed rows of `H` heads each, and B x L padded positions:
 */
export interface HeadLayout {
  /** int64 [B, H, L]: for each padded position the packed head row `token*H + head`; padding points one past the end. */
  readonly toHeads: Value
  /** int64 [rows, H]: for each packed head row the padded position `(b*H + head)*L + l`. */
  readonly fromHeads: Value
  /** `toHeads` with any row in place of padding, for what attention makes nothing of: hidden keys, and queries that are dropped. */
  readonly toHeadsOrAny?: Value
}

/** Splits packed rows into heads and pads them: [rows, H*dKv] -> [B, H, L, dKv], zeros or any where a row is missing. */
export function splitHeads(g: GraphBuilder, x: Value, layout: HeadLayout, dKv: number): Value {
  const { toHeads, fromHeads, toHeadsOrAny } = layout
  const inside = toHeadsOrAny ? [toHeadsOrAny, fromHeads] : [fromHeads]
  return permuteRows(g, g.reshape(x, [-1, dKv]), toHeadsOrAny ?? toHeads, fromHeads, inside)
}

/** The inverse of {@link splitHeads}: [B, H, L, dKv] -> [rows, H*dKv], padding dropped. */
export function joinHeads(g: GraphBuilder, x: Value, layout: HeadLayout, dKv: number): Value {
  const heads = layout.toHeads.shape[1] as number
  const { fromHeads, toHeads } = layout
  const picked = permuteRows(g, g.reshape(x, [-1, dKv]), fromHeads, toHeads, [fromHeads]) // [rows, H, dKv]
  return g.reshape(picked, [-1, heads * dKv])
}

export interface AttentionBias {
  /** Added to the scores as it stands, [B or 1, H or 1, Tq or 1, Tk]. */
  readonly bias: Value
  /** The part of `bias` that is learned, [1, H, Tq, Tk]; gets the scores' gradient summed over the batch. */
  readonly learned?: Value
}

/**
 * T5's attention over padded heads: `dropout(softmax(q kᵀ + bias)) v`, without the scale 1/√dKv.
 *
 * The gradient is written out as a whole, so that the bias is summed over the batch before layers are added up.
 *
 * @param mask dropout factors (0 or 1/keep) for the attention weights, [B, H, Tq, Tk]
 * @returns [B, H, Tq, dKv]
 */
export function attention(
  g: GraphBuilder,
  q: Value,
  k: Value,
  v: Value,
  { bias, learned }: AttentionBias,
  mask: DropoutMask | undefined,
): Value {
  let probabilities!: DroppedSoftmax
  return g.withGradient(
    learned ? [q, k, v, learned] : [q, k, v],
    () => {
      const scores = g.fusedMatmul(q, k, { transB: true }) // [B, H, Tq, Tk]
      probabilities = droppedSoftmax(g, g.add(scores, bias), mask)
      return g.matmul(probabilities.dropped, v) // [B, H, Tq, dKv]
    },
    (ct) => {
      const dropped = probabilities.again()
      const forV = g.fusedMatmul(dropped, ct, { transA: true })
      const forDropped = g.fusedMatmul(ct, v, { transB: true })
      const forScores = probabilities.back(dropped, forDropped)
      const forQ = g.matmul(forScores, k)
      const forK = g.fusedMatmul(forScores, q, { transA: true })
      return learned ? [forQ, forK, forV, g.reduceSum(forScores, [0], true)] : [forQ, forK, forV]
    },
  )
}

/** Softmax over keys with dropout. */
export interface DroppedSoftmax {
  /** What the values are weighted with. */
  readonly dropped: Value
  /** The same for the reverse pass. */
  readonly again: () => Value
  /**
   * From the cotangent of `dropped`, dp, to that of the scores: p·(dp - Σⱼ pⱼ·dpⱼ) in softmax's rule. The sum equals ⟨dO, O⟩, which is
   * dKv wide instead of Tk, but as it stands it is rounded as dp is: where attention is all but at one key, as it often is without
   * the scale, the two cancel, and what is left of another sum's rounding would be many times the gradient.
   */
  readonly back: (dropped: Value, forDropped: Value) => Value
}

/** @param mask as {@link attention} takes it */
export function droppedSoftmax(g: GraphBuilder, scores: Value, mask: DropoutMask | undefined): DroppedSoftmax {
  const weights = g.softmax(scores)
  const dropped = mask ? g.mul(weights, mask.value) : weights
  return {
    dropped,
    again() {
      // Made anew, which is as quick as to read it: kept until then, it would be as much again as the weights. The factors come
      // first, as of two equal nodes onnxruntime would make one and keep what it gives.
      const makesAnew = g.dialect.keepsLittle || g.dialect.masks === 'bits'
      return mask && makesAnew ? g.mul(mask.again(), weights) : dropped
    },
    back(again, forDropped) {
      const weighted = g.mul(again, forDropped)
      const sum = g.reduceSum(weighted, [-1], true) // [B, H, Tq, 1]
      return mask ? g.sub(weighted, g.mul(weights, sum)) : g.mul(weights, g.sub(forDropped, sum))
    },
  }
}
