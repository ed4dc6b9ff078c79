import { expect, test } from 'vitest'
import { type PlainTensor, runGraph } from '../../../test/rig/run-graph.ts'
import { seededRandom } from '../../base/random.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import { gradients } from '../../graph/gradient.ts'
import { attention } from './attention.ts'

const [queries, keys, width] = [6, 9, 16]

/** @param sharpness how far scores are apart */
function feedsOf(sharpness: number) {
  const random = seededRandom(7)
  const draw = (rows: number, columns: number, scale: number, value = () => random.normal()): PlainTensor => ({
    shape: [1, 1, rows, columns],
    data: Array.from({ length: rows * columns }, () => Math.fround(scale * value())),
  })
  return {
    q: draw(queries, width, sharpness),
    k: draw(keys, width, 1),
    v: draw(keys, width, 3),
    ct: draw(queries, width, 1),
    mask: draw(queries, keys, 1 / 0.75, () => (random.below(4) < 3 ? 1 : 0)),
  }
}
type Feeds = ReturnType<typeof feedsOf>

async function gradientsOf(feeds: Feeds, isDropped: boolean): Promise<[q: readonly number[], k: readonly number[]]> {
  const g = new GraphBuilder()
  const input = (name: keyof Feeds) => g.input(name, 'float', feeds[name].shape)
  const [q, k, v, ct, mask] = [input('q'), input('k'), input('v'), input('ct'), input('mask')]
  const read = attention(g, q, k, v, { bias: g.scalar(0) }, isDropped ? { value: mask, again: () => mask } : undefined)
  const [forQ, forK] = gradients(g, [{ value: read, cotangent: ct }], [q, k])
  g.output('dq', forQ!)
  g.output('dk', forK!)
  const found = await runGraph(g, feeds)
  return [found.dq!.data, found.dk!.data]
}

/** The same in double precision, by softmax's own rule. */
function exactGradients({ q, k, v, ct, mask }: Feeds, isDropped: boolean): [q: number[], k: number[]] {
  const forQ = new Array<number>(queries * width).fill(0)
  const forK = new Array<number>(keys * width).fill(0)
  const row = ({ data }: PlainTensor, at: number) => data.slice(at * width, (at + 1) * width)
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
  for (let t = 0; t < queries; t++) {
    const scores = Array.from({ length: keys }, (_, s) => dot(row(q, t), row(k, s)))
    const most = Math.max(...scores)
    const raised = scores.map((score) => Math.exp(score - most))
    const total = raised.reduce((a, b) => a + b)
    const weights = raised.map((x) => x / total)
    const given = weights.map((_, s) => dot(row(ct, t), row(v, s)) * (isDropped ? mask.data[t * keys + s]! : 1))
    const mean = dot(weights, given)
    weights.forEach((weight, s) => {
      const forScore = weight * (given[s]! - mean)
      for (let i = 0; i < width; i++) {
        forQ[t * width + i]! += forScore * k.data[s * width + i]!
        forK[s * width + i]! += forScore * q.data[t * width + i]!
      }
    })
  }
  return [forQ, forK]
}

function distance(found: readonly number[], exact: readonly number[]): number {
  return Math.hypot(...found.map((x, at) => x - exact[at]!)) / Math.hypot(...exact)
}

test.each([
  [0.3, false],
  [0.3, true],
  [6, false],
  [6, true],
])('attention() has the gradients of double precision, sharpness %d, dropout %s', async (sharpness, isDropped) => {
  const feeds = feedsOf(sharpness)
  const found = await gradientsOf(feeds, isDropped)
  exactGradients(feeds, isDropped).forEach((exact, at) => {
    expect(distance(found[at]!, exact)).toBeLessThan(2e-6)
  })
})

// The rounding of another sum than softmax's own would be left, however large the gradients of values are.
test.each([false, true])(
  'attention() to one key alone gives queries and keys no gradient, dropout %s',
  async (isDropped) => {
    const found = await gradientsOf(feedsOf(1000), isDropped)
    expect(found.flat().filter((x) => x !== 0)).toEqual([])
  },
)
