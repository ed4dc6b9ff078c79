import type { GraphBuilder } from '../../graph/builder.ts'
import type { Value } from '../../graph/ops.ts'

/**
 * The negative log-likelihood of each label under `softmax(h Wᵀ)`.
 *
 * The reverse pass subtracts 1 from the labels' probabilities where they stand, which onnxruntime does in place: a
 * copy of [M, V] numbers is large. The subtraction comes before any sum: for tokens that the model knows well, p - 1 is
 * a small difference, and sums of p and of 1 apart would lose its digits.
 *
 * @param h [M, dModel]
 * @param w [V, dModel]
 * @param labels int64 [M]
 * @returns `nll` [M] and `logits` [M, V]
 */
export function negativeLogLikelihood(
  g: GraphBuilder,
  h: Value,
  w: Value,
  labels: Value,
): { nll: Value; logits: Value } {
  const labelColumn = g.unsqueeze(labels, [1]) // [M, 1]
  let logits!: Value
  let probabilities!: Value
  const nll = g.withGradient(
    [h, w],
    () => {
      logits = g.gemm(h, w, { transB: true }) // [M, V]
      probabilities = g.softmax(logits)
      // The largest probability is 1 / Σ exp(logit - max), never tiny: log-sum-exp without another pass over exp.
      const largest = g.reduceMax(probabilities, [-1], true)
      const logSumExp = g.sub(g.reduceMax(logits, [-1], true), g.log(largest))
      const chosen = g.gatherElements(logits, labelColumn, 1)
      return g.reshape(g.sub(logSumExp, chosen), [-1]) // [M]
    },
    (ct) => {
      const minusOne = g.expandLike(g.constant('float', [-1], [1, 1]), labelColumn)
      // Scaled before the products, though h is narrower: so the rounding follows the reference's.
      const forLogits = g.mul(g.scatterAdd(probabilities, labelColumn, minusOne, 1), g.unsqueeze(ct, [1]))
      return [g.gemm(forLogits, w), g.gemm(forLogits, h, { transA: true })]
    },
  )
  return { nll, logits }
}
