import { expect, it } from 'vitest'
import { type PlainTensor, runGraph } from '../../../test/rig/run-graph.ts'
import { seededRandom } from '../../base/random.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import { gradients } from '../../graph/gradient.ts'
import type { Value } from '../../graph/ops.ts'
import { negativeLogLikelihood } from './loss.ts'
import { negativeLogLikelihoodInParts } from './loss-in-parts.ts'

const [tokens, vocabulary, width] = [5, 7, 3]
const random = seededRandom(1)
const matrix = (rows: number): PlainTensor => ({
  shape: [rows, width],
  data: Array.from({ length: rows * width }, () => Math.fround(4 * random.uniform() - 2)),
})
const h = matrix(tokens)
const w = matrix(vocabulary)
const labels = [6, 0, 2, 2, 5]

/** `LabelSmoother` in float64, token by token. */
function losses(hData: readonly number[], wData: readonly number[], smoothing: number): number[] {
  const at = (data: readonly number[], row: number) => data.slice(row * width, (row + 1) * width)
  return labels.map((label, token) => {
    const logits = Array.from({ length: vocabulary }, (_, id) =>
      at(wData, id).reduce((sum, value, i) => sum + value * at(hData, token)[i]!, 0),
    )
    const logSumExp = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
    const negative = logits.map((logit) => logSumExp - logit)
    const mean = negative.reduce((sum, value) => sum + value, 0) / vocabulary
    return (1 - smoothing) * negative[label]! + smoothing * mean
  })
}

/** Central differences of a sum of losses, each counted as `scale` says. */
function differences(data: readonly number[], sumOf: (data: readonly number[]) => number): number[] {
  const step = 1e-5
  return data.map((value, i) => (sumOf(data.with(i, value + step)) - sumOf(data.with(i, value - step))) / (2 * step))
}

/** Rows of the parts, and smoothing; the last part has fewer rows where the vocabulary is no multiple. */
const cases = [[7], [3, 3, 1], [4, 3], [1, 1, 1, 1, 1, 1, 1]].flatMap((parts) =>
  [0, 0.1, 0.6].map((smoothing) => ({ parts, smoothing })),
)

it.each(cases)(
  'negativeLogLikelihood() and its gradients equal finite differences of LabelSmoother within 1e-5: parts of $parts, smoothing $smoothing',
  async ({ parts, smoothing }) => {
    const g = new GraphBuilder()
    const hidden = g.input('h', 'float', ['M', width])
    const head = parts.map((rows, at) => g.input(`w${at}`, 'float', [rows, width]))
    const label = g.input('labels', 'int64', ['M'])
    const { nll, logits } =
      head.length === 1
        ? negativeLogLikelihood(g, hidden, head[0]!, label, smoothing)
        : negativeLogLikelihoodInParts(g, hidden, head, label, smoothing)
    g.output('nll', nll)
    g.output('logits', logits)
    const found = gradients(g, [{ value: nll, cotangent: g.input('scale', 'float', ['M']) }], [hidden, ...head])
    g.output('dh', found[0]!)
    g.output('dw', g.concat(found.slice(1) as Value[], 0))
    const scale = [1, 0.5, 2, 0.25, 1]
    let begin = 0
    const weights = parts.map((rows, at): [string, PlainTensor] => {
      begin += rows * width
      return [`w${at}`, { shape: [rows, width], data: w.data.slice(begin - rows * width, begin) }]
    })
    const results = await runGraph(g, {
      h,
      ...Object.fromEntries(weights),
      labels: { shape: [tokens], data: labels },
      scale: { shape: [tokens], data: scale },
    })
    expect(results.logits!.shape).toEqual([tokens, vocabulary])
    const total = (of: readonly number[]): number => of.reduce((sum, loss, i) => sum + loss * scale[i]!, 0)
    const expected = {
      nll: losses(h.data, w.data, smoothing),
      dh: differences(h.data, (data) => total(losses(data, w.data, smoothing))),
      dw: differences(w.data, (data) => total(losses(h.data, data, smoothing))),
    }
    for (const [name, values] of Object.entries(expected)) {
      expect(results[name]!.data).toHaveLength(values.length)
      const worst = Math.max(...values.map((value, i) => Math.abs(value - results[name]!.data[i]!)))
      expect(worst, name).toBeLessThan(1e-5)
    }
  },
)
