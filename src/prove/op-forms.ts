import type { GraphBuilder } from '../graph/builder.ts'
import { clip, range } from '../graph/integers.ts'
import type { OpName, Value } from '../graph/ops.ts'

/** Inputs of one small graph, with numbers that are the same on every device. */
export interface FormInputs {
  readonly graph: GraphBuilder
  /** Normally distributed. */
  float(...shape: number[]): Value
  /** Between 0.1 and some 3. */
  positive(...shape: number[]): Value
  /** Places below `extent`, int64. */
  places(extent: number, ...shape: number[]): Value
  /** Places below `extent`, int64 `[rows, count]`; none twice in a row. */
  unlikePlaces(extent: number, rows: number, count: number): Value
  flags(...shape: number[]): Value
}

/** Builds a graph around one operator and gives what is to be compared. */
export type OpForm = (inputs: FormInputs) => readonly Value[]

/** Extents that are no multiple of what a device computes in one go, and one that has more of it than one group. */
const odd = [[1], [3, 5, 7], [2, 257]] as const

const unary = (apply: (graph: GraphBuilder, x: Value) => Value, kind: 'float' | 'positive' = 'float'): OpForm[] =>
  odd.map((shape) => (inputs) => [apply(inputs.graph, inputs[kind](...shape))])

/** Equal extents, and those of which one is repeated along the other. */
const binary = (apply: (graph: GraphBuilder, a: Value, b: Value) => Value): OpForm[] => [
  ({ graph, float, positive }) => [apply(graph, float(3, 5, 7), positive(3, 5, 7))],
  ({ graph, float, positive }) => [apply(graph, float(3, 1, 257), positive(5, 1))],
  ({ graph, float }) => [apply(graph, float(3, 5), graph.scalar(0.37))],
]

const alongAxes = (
  apply: (graph: GraphBuilder, x: Value, axes: readonly number[], keep: boolean) => Value,
): OpForm[] => [
  ({ graph, float }) => [apply(graph, float(3, 5, 7), [2], true)],
  ({ graph, float }) => [apply(graph, float(3, 257), [1], false)],
  ({ graph, float }) => [apply(graph, float(65, 3, 5), [0], false)],
  ({ graph, float }) => [apply(graph, float(7, 33), [0, 1], true)],
]

const products: OpForm[] = [
  ({ graph, float }) => [graph.matmul(float(3, 5), float(5, 7))],
  ({ graph, float }) => [graph.matmul(float(33, 65), float(65, 17))],
  ({ graph, float }) => [graph.matmul(float(1, 130), float(130, 1))],
  ({ graph, float }) => [graph.matmul(float(2, 3, 9, 11), float(2, 3, 11, 13))],
]

/**
 * Graphs that show what a device makes of each operator. An operator that is added to the table has a form here, or this does not
 * compile.
 */
export const opForms: { readonly [K in OpName]: readonly OpForm[] } = {
  Add: binary((g, a, b) => g.add(a, b)),
  Sub: binary((g, a, b) => g.sub(a, b)),
  Mul: binary((g, a, b) => g.mul(a, b)),
  Div: [({ graph, float, positive }) => [graph.div(float(3, 1, 257), positive(5, 1))]],
  Neg: unary((g, x) => g.neg(x)),
  Sqrt: unary((g, x) => g.sqrt(x), 'positive'),
  Reciprocal: unary((g, x) => g.reciprocal(x), 'positive'),
  Exp: unary((g, x) => g.exp(x)),
  Log: unary((g, x) => g.log(x), 'positive'),
  Tanh: unary((g, x) => g.tanh(x)),
  Sigmoid: unary((g, x) => g.sigmoid(x)),
  Erf: unary((g, x) => g.erf(x)),
  Relu: unary((g, x) => g.relu(x)),
  Gelu: (['tanh', 'none'] as const).flatMap((kind) => unary((g, x) => g.gelu(x, kind))),
  QuickGelu: unary((g, x) => g.apply('QuickGelu', [x], { alpha: 1 })),
  Identity: unary((g, x) => g.apply('Identity', [x], {})),
  Cast: [
    ({ graph, places }) => [graph.cast(places(9, 3, 5), 'float')],
    ({ graph, flags }) => [graph.cast(flags(2, 257), 'float')],
    ({ graph, float }) => [graph.cast(graph.mul(float(3, 5), graph.scalar(100)), 'int32')],
  ],
  MatMul: products,
  FusedMatMul: [
    ({ graph, float }) => [graph.fusedMatmul(float(5, 3), float(7, 5), { transA: true, transB: true, alpha: 0.5 })],
    ({ graph, float }) => [graph.fusedMatmul(float(2, 3, 9, 11), float(2, 3, 13, 11), { transB: true })],
  ],
  Gemm: [
    ({ graph, float }) => [graph.gemm(float(33, 65), float(17, 65), { transB: true })],
    ({ graph, float }) => [graph.gemm(float(65, 33), float(65, 17), { transA: true, alpha: 0.5 })],
    ({ graph, float }) => [graph.gemm(float(3, 5), float(5, 7), { c: float(3, 7), beta: 0.25 })],
    ({ graph, float }) => [graph.gemm(float(1, 257), float(257, 1))],
  ],
  Softmax: unary((g, x) => g.softmax(x)),
  LogSoftmax: unary((g, x) => g.logSoftmax(x)),
  ReduceSum: alongAxes((g, x, axes, keep) => g.reduceSum(x, axes, keep)),
  ReduceMean: alongAxes((g, x, axes, keep) => g.reduceMean(x, axes, keep)),
  ReduceSumSquare: alongAxes((g, x, axes, keep) => g.reduceSumSquare(x, axes, keep)),
  ReduceMax: alongAxes((g, x, axes, keep) => g.reduceMax(x, axes, keep)),
  ArgMax: [
    ({ graph, float }) => [graph.argMax(float(3, 257), 1)],
    ({ graph, float }) => [graph.argMax(float(65, 5), 1)],
  ],
  TopK: [
    ({ graph, float }) => {
      const { values, places } = graph.topK(float(3, 257), 5, 1)
      return [values, places]
    },
  ],
  Gather: [
    ({ graph, float, places }) => [graph.gather(float(17, 33), places(17, 5))],
    ({ graph, float, places }) => [graph.gather(float(17, 3), places(17, 4, 65))],
  ],
  GatherElements: [({ graph, float, places }) => [graph.gatherElements(float(5, 257), places(257, 5, 3), 1)]],
  ScatterElements: [
    ({ graph, float, unlikePlaces }) => [graph.scatterAdd(float(5, 257), unlikePlaces(257, 5, 3), float(5, 3), 1)],
    // Where a device adds in any order, graphs for it have no place twice.
    ({ graph, float, places }) =>
      graph.dialect.orderedScatter ? [graph.scatterAdd(float(5, 65), places(7, 5, 33), float(5, 33), 1)] : [],
  ],
  ScatterND: [
    ({ graph, float, unlikePlaces }) => {
      const rows = graph.reshape(unlikePlaces(33, 1, 17), [17, 1])
      return [graph.apply('ScatterND', [float(33, 65), rows, float(17, 65)], {})]
    },
  ],
  Reshape: [({ graph, float }) => [graph.reshape(float(3, 5, 7), [-1, 7])]],
  Unsqueeze: [({ graph, float }) => [graph.unsqueeze(float(3, 5), [1])]],
  Expand: [({ graph, float }) => [graph.expandLike(float(3, 1, 7), float(3, 33, 7))]],
  Transpose: [
    ({ graph, float }) => [graph.transpose(float(33, 65), [1, 0])],
    ({ graph, float }) => [graph.transpose(float(2, 3, 5, 7), [0, 2, 1, 3])],
  ],
  Concat: [
    ({ graph, float }) => [graph.concat([float(3, 5), float(1, 5)], 0)],
    ({ graph, float }) => [graph.concat([float(3, 5), float(3, 65)], 1)],
  ],
  Slice: [
    ({ graph, float }) => {
      const [begin, end] = [2, 19].map((place) => graph.constant('int64', [place]))
      return [graph.slice(float(33, 5), 0, begin!, end!, 17)]
    },
  ],
  Pad: [({ graph, float }) => [graph.padLike(float(3, 5), 0, graph.constant('int64', [2]), float(33, 5))]],
  Shape: [({ graph, float }) => [graph.apply('Shape', [float(3, 5, 7)], {})]],
  Size: [({ graph, float }) => [graph.size(float(3, 5, 7))]],
  Equal: [
    ({ graph, places }) => [graph.cast(graph.equal(places(3, 5, 33), places(3, 5, 33)), 'float')],
    ({ graph, float }) => {
      const x = float(3, 5)
      return [graph.cast(graph.equal(x, graph.reduceMax(x, [1], true)), 'float')]
    },
  ],
  Where: [({ graph, flags, float }) => [graph.where(flags(3, 257), float(3, 257), graph.scalar(-1))]],
  SimplifiedLayerNormalization: [
    ({ graph, float, positive }) => {
      const { y, inverseRms } = graph.rmsNorm(float(5, 257), positive(257), 1e-6)
      return graph.dialect.inverseRms ? [y, inverseRms] : [y]
    },
  ],
  Range: [({ graph }) => [graph.cast(range(graph, graph.constant('int64', [257], []), 257), 'float')]],
  Clip: unary((g, x) => clip(g, x, -0.5, 0.5)),
  DynamicQuantizeLinear: unary((g, x) => g.cast(g.quantize(x).y, 'float')),
  MatMulInteger: [
    ({ graph, places }) => {
      const bytes = [places(200, 3, 65), places(200, 65, 17)].map((x) => graph.cast(x, 'uint8')) as [Value, Value]
      const zero = graph.constant('uint8', [128], [])
      return [graph.cast(graph.apply('MatMulInteger', [...bytes, zero, zero], {}), 'float')]
    },
  ],
}
