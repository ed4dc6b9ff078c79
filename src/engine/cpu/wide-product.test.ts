import { expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { GraphBuilder } from '../../graph/builder.ts'
import { type Dialect, processorDialect } from '../../graph/dialect.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { GraphSession } from './session.ts'

const width = processorDialect.transposesWide
const rows = 150
const random = seededRandom(1)
const tensor = (columns: number): Tensor => {
  const data = Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5)
  return { type: 'float', data, dims: [rows, columns] }
}

const wide = tensor(width)

function product(columns: number, transposesWide: number): GraphBuilder {
  const dialect: Dialect = { ...processorDialect, transposesWide }
  const g = new GraphBuilder(dialect)
  g.output('y', g.gemm(g.input('a', 'float', ['M', width]), g.input('b', 'float', ['M', columns]), { transA: true }))
  return g
}

// Each number of columns on either side of where onnxruntime takes sums in longer blocks.
it.each([
  [24, 1],
  [65, 1],
  [65, 2],
])(
  'a wide matrix and one of %i columns have a product of the same bits, transposed before or by the product, on %i threads',
  async (columns, threads) => {
    const found = []
    const feeds = { a: wide, b: tensor(columns) }
    for (const transposesWide of [width, width + 1]) {
      const session = await GraphSession.create(product(columns, transposesWide), threads)
      const { y } = await session.run(feeds, { y: null })
      found.push(Buffer.from((y.data as Float32Array).slice().buffer))
      await session.release()
    }
    expect(found[0]!.equals(found[1]!)).toBe(true)
  },
)

it('only wide matrices are transposed before their product', () => {
  const ops = (columns: number, transposesWide: number) => product(columns, transposesWide).nodes.map(({ op }) => op)
  expect(ops(65, width)).toEqual(['Transpose', 'Gemm'])
  expect(ops(64, width)).toEqual(['Gemm'])
  expect(ops(65, width + 1)).toEqual(['Gemm'])
})
