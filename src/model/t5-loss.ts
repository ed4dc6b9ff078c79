import type { GraphBuilder } from '../graph/builder.ts'
import type { Value } from '../graph/ops.ts'

/**
 * The negative log-likelihood of each label under `softmax(h Wᵀ)`.
 *
 * The reverse pass never builds the one-hot matrix: with `p` the probabilities, d logits = (p - onehot)·ct, so
 *
 *   d h         = ct · (p W - labelRows)
 *   d W         = pᵀ (ct · h)                (the dense part)
 *   d labelRows = -ct · h                    (rows to add into d W at the labels)
 *
 * where `labelRows` = W[labels] is passed in as a value of its own, so that its gradient can be scattered outside.
 *
 * @param h [M, dModel]
 * @param w [V, dModel]
 * @param labels int64 [M]
 * @param labelRows [M, dModel], `gather(w, labels)`
 * @returns `nll` [M] and `logits` [M, V]
 */
export function negativeLogLikelihood(
  g: GraphBuilder,
  h: Value,
  w: Value,
  labels: Value,
  labelRows: Value,
): { nll: Value; logits: Value } {
  let logits!: Value
  let probabilities!: Value
  const nll = g.withGradient(
    [h, w, labelRows],
    () => {
      logits = g.gemm(h, w, { transB: true }) // [M, V]
      probabilities = g.softmax(logits)
      // The largest probability is 1 / Σ exp(logit - max), never tiny: log-sum-exp without another pass over exp.
      const largest = g.reduceMax(probabilities, [-1], true)
      const logSumExp = g.sub(g.reduceMax(logits, [-1], true), g.log(largest))
      const chosen = g.gatherElements(logits, g.unsqueeze(labels, [1]), 1)
      return g.reshape(g.sub(logSumExp, chosen), [-1]) // [M]
    },
    (ct) => {
      const scale = g.unsqueeze(ct, [1]) // [M, 1]
      const scaled = g.mul(h, scale)
      const forH = g.mul(g.sub(g.gemm(probabilities, w), labelRows), scale)
      return [forH, g.gemm(probabilities, scaled, { transA: true }), g.neg(scaled)]
    },
  )
  return { nll, logits }
}
