import { expect, it, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { GraphProducts } from './graph-products.ts'
import { GraphSession } from './session.ts'

interface Extents {
  readonly rows: number
  readonly terms: number
  readonly columns: number
  readonly count: number
}

type Kind = 'Gemm' | 'Gemm transA' | 'Gemm transB' | 'MatMul' | 'FusedMatMul'

const kinds: readonly Kind[] = ['Gemm', 'Gemm transA', 'Gemm transB', 'MatMul', 'FusedMatMul']

/** Beside a product that alone would take all threads. */
function graphOf(kind: Kind): GraphBuilder {
  const g = new GraphBuilder()
  const [left, right] = [
    kind === 'Gemm transA' ? ['K', 'M'] : ['M', 'K'],
    kind === 'Gemm transB' ? ['N', 'K'] : ['K', 'N'],
  ]
  const batch = kind.startsWith('Gemm') ? [] : ['B']
  const a = g.input('a', 'float', [...batch, ...left])
  const b = g.input('b', 'float', [...batch, ...(kind === 'FusedMatMul' ? ['N', 'K'] : right)])
  if (kind === 'MatMul') g.output('y', g.matmul(a, b))
  else if (kind === 'FusedMatMul') g.output('y', g.fusedMatmul(a, b, { transB: true }))
  else g.output('y', g.gemm(a, b, { transA: kind === 'Gemm transA', transB: kind === 'Gemm transB' }))
  g.output('large', g.matmul(g.input('c', 'float', [1536, 64]), g.input('d', 'float', [64, 64])))
  return g
}

function feedsOf(kind: Kind, { rows, terms, columns, count }: Extents): Record<string, Tensor> {
  const random = seededRandom(rows * terms + columns)
  const batch = kind.startsWith('Gemm') ? [] : [count]
  const tensor = (...dims: number[]): Tensor => ({
    ...{ type: 'float', dims: [...batch, ...dims] },
    data: Float32Array.from({ length: [...batch, ...dims].reduce((a, b) => a * b) }, () => random.uniform() - 0.5),
  })
  return {
    a: kind === 'Gemm transA' ? tensor(terms, rows) : tensor(rows, terms),
    b: kind === 'Gemm transB' || kind === 'FusedMatMul' ? tensor(columns, terms) : tensor(terms, columns),
    c: { type: 'float', data: new Float32Array(1536 * 64), dims: [1536, 64] },
    d: { type: 'float', data: new Float32Array(64 * 64), dims: [64, 64] },
  }
}

/** Extents on either side of every bound. */
function drawn(): Extents[] {
  const random = seededRandom(3)
  const near = (values: readonly number[]): number =>
    Math.max(1, values[random.below(values.length)]! + random.below(3) - 1)
  return Array.from({ length: 20 }, () => ({
    rows: near([1, 2, 4, 16, 63, 100, 300]),
    terms: near([64, 128, 130, 256, 257, 540, 800]),
    columns: near([1, 2, 16, 48, 64, 80, 128, 160, 200, 320]),
    count: 1 + random.below(3),
  }))
}

const counts = [1, 2, 3, 4]

test.each(kinds)('%s has the bits of one thread on as many threads as its extents allow', async (kind) => {
  const graph = graphOf(kind)
  const products = new GraphProducts(graph)
  const sessions = await Promise.all(counts.map((threads) => GraphSession.create(graph, threads)))
  let equal = 0
  let isOtherwise = false
  for (const extents of drawn()) {
    const { rows: M, terms: K, columns: N, count: B } = extents
    const feeds = feedsOf(kind, extents)
    const bits: Buffer[] = []
    for (const session of sessions) {
      const { y } = await session.run(feeds, { y: null })
      bits.push(Buffer.from((y.data as Float32Array).slice().buffer))
    }
    for (const [at, threads] of counts.entries()) {
      const isEqual = bits[at]!.equals(bits[0]!)
      isOtherwise ||= !isEqual
      if (products.equalThreads({ M, K, N, B }, threads) < threads) continue
      expect(isEqual, `${JSON.stringify(extents)} on ${threads} threads`).toBe(true)
      equal += 1
    }
  }
  // Most may be shared out, and some may not: but for a first operand that is turned.
  expect(equal).toBeGreaterThan(50)
  expect(isOtherwise).toBe(kind !== 'Gemm transA')
  for (const session of sessions) await session.release()
})

it('products that are small in the mean are left to few threads', () => {
  const g = new GraphBuilder()
  g.output('y', g.matmul(g.input('a', 'float', ['M', 64]), g.input('b', 'float', [64, 64])))
  const products = new GraphProducts(g)
  expect([32, 100, 200, 2000].map((M) => products.equalThreads({ M }, 2))).toEqual([1, 1, 2, 2])
  expect([200, 300, 2000].map((M) => products.equalThreads({ M }, 16))).toEqual([2, 3, 16])
})

it('extents that no input tells are left to one thread', () => {
  const g = new GraphBuilder()
  g.output('y', g.matmul(g.input('a', 'float', ['M', 64]), g.input('b', 'float', [64, 64])))
  expect(new GraphProducts(g).equalThreads({}, 2)).toBe(1)
})
