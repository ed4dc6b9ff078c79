import type { GraphBuilder } from '../../graph/builder.ts'
import type { Value } from '../../graph/ops.ts'

/**
 * What `negativeLogLikelihood` gives, with the output layer in parts of the vocabulary: each part's scores are made and used
 * while a processor's cache holds them, and [M, V] numbers are there once, as the softmax of each part, which the reverse
 * pass turns into the gradient of its scores in place.
 *
 * @param h [M, dModel]
 * @param head parts of W in order, [V', dModel] each; all but the last have the same number of rows
 * @param labels int64 [M]
 * @param smoothing in [0, 1)
 * @returns `nll` [M] and `logits` [M, V]; a graph that has no use for the latter does not hold them
 */
export function negativeLogLikelihoodInParts(
  g: GraphBuilder,
  h: Value,
  head: readonly Value[],
  labels: Value,
  smoothing = 0,
): { nll: Value; logits: Value } {
  const vocabulary = head.reduce((sum, { shape }) => sum + Number(shape[0]), 0)
  const labelColumn = g.unsqueeze(labels, [1]) // [M, 1]
  let parts!: readonly Part[]
  let shares!: Value
  const nll = g.withGradient(
    [h, ...head],
    () => {
      parts = head.map((w, at) => partOf(g, h, w, placeOf(g, labelColumn, Number(head[0]!.shape[0]), at)))
      const all = g.concat(
        parts.map((part) => g.unsqueeze(summary(g, part, smoothing), [1])),
        1,
      ) // [M, parts, 3 or 4]
      const column = (at: number): Value => g.gather(all, g.constant('int64', [at], []), 2) // [M, parts]
      const largest = column(0)
      const top = g.reduceMax(largest, [-1], true)
      // A part's largest probability is 1 / Σ exp(logit - max), never tiny: its sum without another pass over exp.
      const sums = g.div(g.exp(g.sub(largest, top)), column(1))
      const total = g.reduceSum(sums, [-1], true) // [M, 1]
      shares = g.div(sums, total)
      const label = g.reduceSum(column(2), [-1], true)
      const counted =
        smoothing === 0
          ? label
          : g.add(
              g.mul(label, g.scalar(1 - smoothing)),
              g.mul(g.reduceSum(column(3), [-1], true), g.scalar(smoothing / vocabulary)),
            )
      return g.reshape(g.sub(g.add(top, g.log(total)), counted), [-1]) // [M]
    },
    (ct) => {
      const weight = g.unsqueeze(ct, [1]) // [M, 1]
      const scales = g.mul(shares, weight)
      const minusLabel = g.mul(weight, g.scalar(smoothing - 1))
      const minusAll = smoothing === 0 ? undefined : g.mul(weight, g.scalar(smoothing / vocabulary))
      let forH: Value | undefined
      const forHead = parts.map(({ probabilities, place }, at) => {
        const scaled = g.mul(probabilities, g.gather(scales, g.constant('int64', [at]), 1))
        const beside = g.scatterAdd(scaled, place.row, g.mul(place.inside, minusLabel), 1)
        const forLogits = minusAll ? g.sub(beside, minusAll) : beside
        forH = g.gemm(forLogits, head[at]!, forH ? { c: forH } : {})
        return g.gemm(forLogits, h, { transA: true })
      })
      return [forH!, ...forHead]
    },
  )
  const logits = g.concat(
    parts.map((part) => part.logits),
    1,
  )
  return { nll, logits }
}

/** Scores over a part of the vocabulary and their softmax among themselves, [M, V']. */
interface Part {
  readonly logits: Value
  readonly probabilities: Value
  readonly place: LabelPlace
}

/** Where each label stands in a part: its row there, 0 where it is elsewhere, and 1 or 0 for whether it is there; [M, 1]. */
interface LabelPlace {
  readonly row: Value
  readonly inside: Value
}

function placeOf(g: GraphBuilder, labels: Value, rows: number, at: number): LabelPlace {
  const size = g.constant('int64', [rows], [])
  const part = g.div(labels, size)
  const isInside = g.equal(part, g.constant('int64', [at], []))
  return {
    row: g.mul(g.sub(labels, g.mul(part, size)), g.cast(isInside, 'int64')),
    inside: g.cast(isInside, 'float'),
  }
}

function partOf(g: GraphBuilder, h: Value, w: Value, place: LabelPlace): Part {
  const logits = g.gemm(h, w, { transB: true })
  return { logits, probabilities: g.softmax(logits), place }
}

/**
 * What the loss needs of a part, so that its scores can go: the largest, its probability, the label's, with smoothing their
 * sum. One value holds them all, so that onnxruntime makes one part's after the other.
 */
function summary(g: GraphBuilder, { logits, probabilities, place }: Part, smoothing: number): Value {
  const label = g.mul(g.gatherElements(logits, place.row, 1), place.inside)
  const largest = [g.reduceMax(logits, [-1], true), g.reduceMax(probabilities, [-1], true)]
  const sum = smoothing === 0 ? [] : [g.reduceSum(logits, [-1], true)]
  return g.concat([...largest, label, ...sum], 1)
}
