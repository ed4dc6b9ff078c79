import type { GraphBuilder } from '../../graph/builder.ts'
import type { Value } from '../../graph/ops.ts'

/**
 * The negative log-likelihood of each label under `softmax(h Wᵀ)`. With smoothing a label keeps the rest of 1, and the
 * smoothed share is spread evenly over the vocabulary, the label's own token included.
 *
 * The reverse pass subtracts 1 from the labels' probabilities where they stand, which onnxruntime does in place: a
 * copy of [M, V] numbers is large. The subtraction comes before any sum: for tokens that the model knows well, p - 1 is
 * a small difference, and sums of p and of 1 apart would lose its digits.
 *
 * @param h [M, dModel]
 * @param w [V, dModel]
 * @param labels int64 [M]
 * @param smoothing in [0, 1)
 * @returns `nll` [M] and `logits` [M, V]
 * Source: with smoothing each token's share of transformers' `LabelSmoother` (goldens: label-smoothing).
 */
export function negativeLogLikelihood(
  g: GraphBuilder,
  h: Value,
  w: Value,
  labels: Value,
  smoothing = 0,
): { nll: Value; logits: Value } {
  const labelColumn = g.unsqueeze(labels, [1]) // [M, 1]
  let logits!: Value
  let probabilities!: Value
  const smoothed = (chosen: Value): Value => {
    if (smoothing === 0) return chosen
    const all = g.reduceMean(logits, [-1], true)
    return g.add(g.mul(chosen, g.scalar(1 - smoothing)), g.mul(all, g.scalar(smoothing)))
  }
  const nll = g.withGradient(
    [h, w],
    () => {
      logits = g.gemm(h, w, { transB: true }) // [M, V]
      probabilities = g.softmax(logits)
      // The largest probability is 1 / Σ exp(logit - max), never tiny: log-sum-exp without another pass over exp.
      const largest = g.reduceMax(probabilities, [-1], true)
      const logSumExp = g.sub(g.reduceMax(logits, [-1], true), g.log(largest))
      const chosen = g.gatherElements(logits, labelColumn, 1)
      return g.reshape(g.sub(logSumExp, smoothed(chosen)), [-1]) // [M]
    },
    (ct) => {
      const minusLabel = g.expandLike(g.constant('float', [smoothing - 1], [1, 1]), labelColumn)
      const beside = g.scatterAdd(probabilities, labelColumn, minusLabel, 1)
      const minusTarget = smoothing === 0 ? beside : g.sub(beside, g.scalar(smoothing / Number(w.shape[0])))
      // Scaled before the products, though h is narrower: so the rounding follows the reference's.
      const forLogits = g.mul(minusTarget, g.unsqueeze(ct, [1]))
      return [g.gemm(forLogits, w), g.gemm(forLogits, h, { transA: true })]
    },
  )
  return { nll, logits }
}
