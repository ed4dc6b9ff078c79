import { expect, test } from 'vitest'
import { runGraph } from '../../test/rig/run-graph.ts'
import { GraphBuilder } from './builder.ts'
import { ModelProto } from './onnx-schema.ts'
import { reachable, serialize } from './serialize.ts'

function decode(g: GraphBuilder): Record<string, unknown> {
  return ModelProto.toObject(ModelProto.decode(serialize(g, 'example')), { longs: Number, enums: String, bytes: Array })
}

test('serialize() writes the messages of onnx.proto, defaults left out', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const w = g.input('w', 'float', [3, 4])
  const product = g.gemm(x, w, { transB: true, alpha: 0.5 })
  const activated = g.gelu(product, 'tanh')
  g.exp(activated)
  g.output('y', g.transpose(g.apply('QuickGelu', [activated], { alpha: 2 }), [1, 0]))
  g.output('rows', g.constant('int64', [-1, 7]))
  const float = (...dim: object[]): object => ({ tensorType: { elemType: 1, shape: { dim } } })
  const attribute = (name: string, type: string, value: object): object => ({ name, type, ...value })
  expect(decode(g)).toEqual({
    irVersion: 10,
    producerName: 'reteach',
    opsetImport: [{ version: 21 }, { domain: 'com.microsoft', version: 1 }],
    graph: {
      name: 'example',
      node: [
        {
          input: ['x', 'w'],
          output: ['gemm_0'],
          name: 'gemm_0',
          opType: 'Gemm',
          attribute: [
            attribute('transA', 'INT', {}), // 0, which the wire leaves out
            attribute('transB', 'INT', { i: 1 }),
            attribute('alpha', 'FLOAT', { f: 0.5 }),
            attribute('beta', 'FLOAT', { f: 1 }),
          ],
        },
        {
          input: ['gemm_0'],
          output: ['gelu_1'],
          name: 'gelu_1',
          opType: 'Gelu',
          attribute: [attribute('approximate', 'STRING', { s: [...Buffer.from('tanh')] })],
        },
        {
          input: ['gelu_1'],
          output: ['quickgelu_3'],
          name: 'quickgelu_3',
          opType: 'QuickGelu',
          domain: 'com.microsoft',
          attribute: [attribute('alpha', 'FLOAT', { f: 2 })],
        },
        {
          input: ['quickgelu_3'],
          output: ['y'],
          name: 'transpose_4',
          opType: 'Transpose',
          attribute: [attribute('perm', 'INTS', { ints: [1, 0] })],
        },
        { input: ['const_5'], output: ['rows'], name: 'alias_rows', opType: 'Identity' },
      ],
      initializer: [
        {
          dims: [2],
          dataType: 7,
          name: 'const_5',
          rawData: [255, 255, 255, 255, 255, 255, 255, 255, 7, 0, 0, 0, 0, 0, 0, 0],
        },
      ],
      input: [
        { name: 'x', type: float({ dimParam: 'N' }, { dimValue: 4 }) },
        { name: 'w', type: float({ dimValue: 3 }, { dimValue: 4 }) },
      ],
      output: [
        { name: 'y', type: float({ dimValue: 3 }, { dimParam: 'N' }) },
        { name: 'rows', type: { tensorType: { elemType: 7, shape: { dim: [{ dimValue: 2 }] } } } },
      ],
      valueInfo: ['gemm_0', 'gelu_1', 'quickgelu_3'].map((name) => ({
        name,
        type: float({ dimParam: 'N' }, { dimValue: 3 }),
      })),
    },
  })
})

test('serialize() gives the same bytes for the same graph', () => {
  const build = (): Uint8Array => {
    const g = new GraphBuilder()
    g.output('y', g.softmax(g.mul(g.input('x', 'float', ['N', 4]), g.scalar(2))))
    return serialize(g)
  }
  expect(Buffer.compare(build(), build())).toBe(0)
})

test('serialize() writes outputs that are inputs, constants or other outputs too', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const y = g.neg(x)
  const three = g.constant('int64', [3, -3])
  g.output('y', y)
  g.output('x_once', x)
  g.output('y_again', y)
  g.output('x_again', x)
  g.output('three', three)
  g.output('three_again', three)
  g.output('z', g.exp(y)) // y is also read inside the graph
  const fetched = await runGraph(g, { x: { shape: [2], data: [0, -1] } })
  const data = Object.fromEntries(Object.entries(fetched).map(([name, tensor]) => [name, tensor.data]))
  expect(data).toEqual({
    y: [-0, 1],
    x_once: [0, -1],
    y_again: [-0, 1],
    x_again: [0, -1],
    three: [3, -3],
    three_again: [3, -3],
    z: [1, Math.fround(Math.E)],
  })
  expect(Object.keys(fetched)).toEqual(g.outputs.map(({ name }) => name))
})

test('serialize() writes constants of every type', async () => {
  const g = new GraphBuilder()
  const constants = {
    float: g.constant('float', [1.5, -0, Number.POSITIVE_INFINITY, Number.NaN], [2, 2]),
    scalar: g.scalar(0.1),
    int64: g.constant('int64', [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]),
    int32: g.constant('int32', [2147483647, -2147483648]),
    uint8: g.constant('uint8', [0, 255]),
    bool: g.constant('bool', [1, 0]),
    empty: g.constant('int64', []),
  }
  for (const [name, value] of Object.entries(constants)) g.output(name, value)
  // onnxruntime folds a graph that only holds constants away and then refuses it.
  g.output('y', g.neg(g.input('x', 'float', [])))
  const fetched = await runGraph(g, { x: { shape: [], data: [1] } })
  expect(fetched).toEqual({
    float: { type: 'float', shape: [2, 2], data: [1.5, -0, Number.POSITIVE_INFINITY, Number.NaN] },
    scalar: { type: 'float', shape: [], data: [Math.fround(0.1)] },
    int64: { type: 'int64', shape: [2], data: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER] },
    int32: { type: 'int32', shape: [2], data: [2147483647, -2147483648] },
    uint8: { type: 'uint8', shape: [2], data: [0, 255] },
    bool: { type: 'bool', shape: [2], data: [1, 0] },
    empty: { type: 'int64', shape: [0], data: [] },
    y: { type: 'float', shape: [], data: [-1] },
  })
})

test('serialize() tells the shapes of inner values whose extents each run binds', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 6])
  const weights = g.input('w', 'float', [6, 6])
  const inner = g.exp(g.reshape(x, [-1, 3]))
  g.output('y', g.neg(inner))
  g.output('fixed', g.neg(g.exp(weights)))
  const { graph } = decode(g) as { graph: { valueInfo: { name: string; type: object }[] } }
  const shape = { dim: [{ dimParam: '2*N' }, { dimValue: 3 }] }
  const type = { tensorType: { elemType: 1, shape } }
  expect(graph.valueInfo).toEqual([
    { name: 'reshape_1', type },
    { name: 'exp_2', type },
  ])
})

test('reachable() keeps building order and leaves out what no output needs', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const scale = g.input('scale', 'float', [4])
  const { inverseRms } = g.rmsNorm(x, scale, 1e-6)
  g.exp(x)
  g.output('y', g.neg(inverseRms))
  const { nodes, used } = reachable(g)
  expect(nodes.map(({ op }) => op)).toEqual(['SimplifiedLayerNormalization', 'Neg'])
  expect(used.has(scale)).toBe(true)
})

test('serialize() puts nodes that no other reads from last, the first built of them at the very end', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const near = g.exp(x)
  g.output('first', g.neg(near))
  g.output('second', g.sqrt(near))
  g.output('third', g.tanh(g.exp(near)))
  const { graph } = decode(g) as { graph: { node: { opType: string }[] } }
  expect(graph.node.map(({ opType }) => opType)).toEqual(['Exp', 'Exp', 'Tanh', 'Sqrt', 'Neg'])
})
