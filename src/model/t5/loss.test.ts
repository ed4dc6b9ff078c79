import { expect, it } from 'vitest'
import { type PlainTensor, runGraph } from '../../../test/rig/run-graph.ts'
import { seededRandom } from '../../base/random.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import { gradients } from '../../graph/gradient.ts'
import { negativeLogLikelihood } from './loss.ts'

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

it.each([0, 0.1, 0.6])(
  'negativeLogLikelihood() and its gradients equal finite differences of LabelSmoother within 1e-5: smoothing %d',
  async (smoothing) => {
    const g = new GraphBuilder()
    const inputs = { h: g.input('h', 'float', ['M', width]), w: g.input('w', 'float', [vocabulary, width]) }
    const { nll } = negativeLogLikelihood(g, inputs.h, inputs.w, g.input('labels', 'int64', ['M']), smoothing)
    g.output('nll', nll)
    const found = gradients(g, [{ value: nll, cotangent: g.input('scale', 'float', ['M']) }], [inputs.h, inputs.w])
    found.forEach((gradient, i) => {
      g.output(['dh', 'dw'][i]!, gradient!)
    })
    const scale = [1, 0.5, 2, 0.25, 1]
    const label: PlainTensor = { shape: [tokens], data: labels }
    const results = await runGraph(g, { h, w, labels: label, scale: { shape: [tokens], data: scale } })
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
