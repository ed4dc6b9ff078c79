import { expect, test } from 'vitest'
import { declare, feedsOf, opCases, symbols } from '../../test/rig/op-cases.ts'
import { extents, runGraph } from '../../test/rig/run-graph.ts'
import { GraphBuilder } from './builder.ts'
import { gradients } from './gradient.ts'
import { inferRules, normalAxis } from './infer.ts'
import type { Value } from './ops.ts'

test('inferRules: every operator has a case that is run', () => {
  expect([...new Set(opCases.map(({ op }) => op))].sort()).toEqual(Object.keys(inferRules).sort())
})

for (const opCase of opCases) {
  test(`infer() gives the types and shapes that onnxruntime returns: ${opCase.op}, ${opCase.name}`, async () => {
    const g = new GraphBuilder()
    const inputs = declare(g, opCase.inputs)
    const y = opCase.build(g, inputs)
    expect(g.nodes.map((node) => node.op)).toContain(opCase.op)
    const feeds = feedsOf(opCase)
    const floats = Object.values(inputs).filter(({ type }) => type === 'float')
    if (y.type === 'float' && floats.length > 0) {
      const ct = g.input('ct', 'float', y.shape)
      const shape = extents(y.shape, symbols)
      feeds.ct = { shape, data: new Array(shape.reduce((total, size) => total * size, 1)).fill(1) }
      gradients(g, [{ value: y, cotangent: ct }], floats)
    }
    const values = g.nodes.flatMap(({ outputs }) => outputs)
    values.forEach((value, at) => {
      g.output(`value ${at}`, value)
    })
    const fetched = await runGraph(g, feeds)
    values.forEach(({ name, type, shape }, at) => {
      const found = fetched[`value ${at}`]!
      expect({ name, type: found.type, shape: found.shape }).toEqual({ name, type, shape: extents(shape, symbols) })
    })
  })
}

type Refused = readonly [
  name: string,
  build: (g: GraphBuilder, values: Record<string, Value>) => unknown,
  message: string,
]

const refused: readonly Refused[] = [
  ['int and float', (g, { x, ids }) => g.add(x!, ids!), 'Cannot build Add(x: float[N, 4], ids: int64[N])'],
  ['unlike symbols', (g, { x, other }) => g.mul(x!, other!), 'Cannot build Mul(x: float[N, 4], other: float[M, 4])'],
  ['ints where floats belong', (g, { ids }) => g.softmax(ids!), 'Cannot build Softmax'],
  ['an axis that is not there', (g, { x }) => g.softmax(x!, 2), 'Cannot build Softmax'],
  ['a sum over an axis that is not there', (g, { x }) => g.reduceSum(x!, [-3], true), 'Cannot build ReduceSum'],
  ['an axis named twice', (g, { x }) => g.reduceMean(x!, [1, -1], true), 'Cannot build ReduceMean'],
  ['an axis added twice', (g, { x }) => g.unsqueeze(x!, [0, -4]), 'Cannot build Unsqueeze'],
  [
    'a reduction over no axis, which ONNX takes for all',
    (g, { x }) => g.apply('ReduceSum', [x!, g.constant('int64', [])], { axes: [], keepdims: 1 }),
    'Cannot build ReduceSum',
  ],
  ['inner extents that differ', (g, { x, w }) => g.matmul(x!, w!), 'Cannot build MatMul'],
  [
    'a product of ints',
    (g, { ids }) => g.matmul(g.unsqueeze(ids!, [0]), g.unsqueeze(ids!, [1])),
    'Cannot build MatMul',
  ],
  ['a product with a vector', (g, { v, x }) => g.matmul(x!, v!), 'Cannot build MatMul'],
  ['a Gemm of batches', (g, { x, w }) => g.gemm(g.unsqueeze(x!, [0]), w!), 'Cannot build Gemm'],
  [
    'a c that is wider than the product',
    (g, { x, w }) => g.gemm(x!, w!, { transB: true, c: g.unsqueeze(w!, [0]) }),
    'Gemm',
  ],
  ['a float index', (g, { x, v }) => g.gather(x!, v!), 'Cannot build Gather'],
  ['a gather along an axis that is not there', (g, { x, ids }) => g.gather(x!, ids!, 2), 'Cannot build Gather'],
  ['element indices of another rank', (g, { x, ids }) => g.gatherElements(x!, ids!, 0), 'Cannot build GatherElements'],
  ['updates unlike their indices', (g, { x, ids }) => g.scatterAdd(x!, ids!, x!, 0), 'Cannot build ScatterElements'],
  ['a reshape that loses elements', (g, { x }) => g.reshape(x!, ['N', 3]), 'Cannot reshape'],
  ['a reshape that does not divide', (g, { x }) => g.reshape(x!, [-1, 3]), 'Cannot reshape'],
  ['two open extents', (g, { x }) => g.reshape(x!, ['N', -1]), 'more than one extent is unknown'],
  ['a perm that is none', (g, { x }) => g.transpose(x!, [0, 0]), 'Cannot build Transpose'],
  ['a perm of another rank', (g, { x }) => g.transpose(x!, [0]), 'Cannot build Transpose'],
  ['a join of unlike rows', (g, { x, w }) => g.concat([x!, g.reshape(w!, [4, 3])], 0), 'Cannot build Concat'],
  ['a join of unlike ranks', (g, { x, v }) => g.concat([x!, v!], 0), 'Cannot build Concat'],
  ['a join of unlike types', (g, { v, ids }) => g.concat([v!, ids!], 0), 'Cannot build Concat'],
  ['a comparison of unlike types', (g, { v, ids }) => g.equal(v!, ids!), 'Cannot build Equal'],
  ['a condition of floats', (g, { x }) => g.where(x!, x!, x!), 'Cannot build Where'],
  ['a scale of another width', (g, { x, v }) => g.rmsNorm(x!, v!, 1e-6), 'Cannot build SimplifiedLayerNormalization'],
  ['a norm over a symbol', (g, { v, ones }) => g.rmsNorm(v!, ones!, 1e-6), 'Cannot build SimplifiedLayerNormalization'],
  [
    'an expansion that shrinks',
    (g, { x }) => g.expandLike(x!, g.reduceSum(x!, [0], false)),
    'Cannot expand x: float[N, 4]',
  ],
  [
    'a slice that starts from the end',
    (g, { x }) => g.slice(x!, 1, g.constant('int64', [-2]), g.constant('int64', [-1]), 1),
    'Cannot slice 1 from -2 to -1',
  ],
  [
    'a slice with another extent',
    (g, { x }) => g.slice(x!, 1, g.constant('int64', [1]), g.constant('int64', [3]), 3),
    'Cannot slice 3 from 1 to 3',
  ],
  [
    'a slice past the end',
    (g, { x }) => g.slice(x!, 1, g.constant('int64', [2]), g.constant('int64', [5]), 3),
    'Cannot slice 3 from 2 to 5',
  ],
]
for (const [name, build, message] of refused) {
  test(`GraphBuilder refuses ${name}`, () => {
    const g = new GraphBuilder()
    const values = {
      x: g.input('x', 'float', ['N', 4]),
      other: g.input('other', 'float', ['M', 4]),
      w: g.input('w', 'float', [3, 4]),
      v: g.input('v', 'float', ['N']),
      ones: g.input('ones', 'float', ['N']),
      ids: g.input('ids', 'int64', ['N']),
    }
    expect(() => build(g, values)).toThrow(message)
  })
}

test('GraphBuilder refuses names that are taken, also by nodes', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', [])
  const y = g.neg(x)
  expect(() => g.input('x', 'float', [])).toThrow('Cannot declare input "x" as the name is taken')
  expect(() => g.output('x', y)).toThrow('Cannot declare output "x" as the name is taken')
  expect(() => g.output(y.name, x)).toThrow(`Cannot declare output "${y.name}" as the name is taken`)
})

test('GraphBuilder names no node like an input', () => {
  const g = new GraphBuilder()
  g.input('neg_0', 'float', [])
  const x = g.input('x', 'float', [])
  expect(g.neg(x).name).not.toBe('neg_0')
})

test('GraphBuilder builds no node for what changes nothing', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const like = g.input('like', 'float', ['N', 4])
  expect(g.reduceSum(x, [], false)).toBe(x)
  expect(g.reduceMean(x, [], true)).toBe(x)
  expect(g.reshapeLike(x, like)).toBe(x)
  expect(g.reshape(x, [-1, 4])).toBe(x)
  expect(g.expandLike(x, like)).toBe(x)
  expect(g.cast(x, 'float')).toBe(x)
  expect(g.nodes).toEqual([])
})

test('GraphBuilder.constant() shares equal constants and keeps apart what differs in type, shape or sign of zero', () => {
  const g = new GraphBuilder()
  expect(g.scalar(2)).toBe(g.scalar(2))
  expect(g.constant('int64', [1, 2])).toBe(g.constant('int64', [1, 2], [2]))
  const distinct = [
    g.scalar(0),
    g.scalar(-0),
    g.constant('float', [0]),
    g.constant('int64', [0]),
    g.constant('float', [0], [1, 1]),
  ]
  expect(new Set(distinct).size).toBe(distinct.length)
  expect(() => g.constant('float', [1, 2], [3])).toThrow('Cannot hold 2 numbers in [3]')
})

test('normalAxis() counts from the front', () => {
  const x = { name: 'x', type: 'float', shape: ['N', 3] } as const
  expect([normalAxis(x, -1), normalAxis(x, 0)]).toEqual([1, 0])
  expect(() => normalAxis(x, 2)).toThrow('Cannot take axis 2 of x: float[N, 3]')
})
