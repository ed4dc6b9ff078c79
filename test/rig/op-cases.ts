import { seededRandom } from '../../src/base/random.ts'
import type { GraphBuilder } from '../../src/graph/builder.ts'
import type { Shape } from '../../src/graph/dim.ts'
import { clip, range } from '../../src/graph/integers.ts'
import type { ElementType, OpName, Value } from '../../src/graph/ops.ts'
import { extents, type PlainTensor } from './run-graph.ts'

/** The extents that the symbols of all cases stand for. */
export const symbols: Readonly<Record<string, number>> = { B: 2, S: 3, N: 5, T: 4 }

/** One use of an operator: graph inputs by name and what is built from them. */
export interface OpCase {
  readonly op: OpName
  /** What is special about it. */
  readonly name: string
  readonly inputs: Readonly<Record<string, CaseInput>>
  readonly build: (g: GraphBuilder, inputs: Readonly<Record<string, Value>>) => Value
}

export interface CaseInput {
  readonly type: ElementType
  readonly shape: Shape
  /**
   * Given numbers, or how to draw them: `any` (standard normal), `positive` (0.5 to 2.5), `nonzero` (the same with a random sign),
   * `distinct` (a shuffled range, so that no two are near each other).
   */
  readonly values: readonly number[] | 'any' | 'positive' | 'nonzero' | 'distinct'
}

/**
 * Feeds for a case. Floats lie on a grid of 1/1024, so that steps by powers of two are exact in float32.
 */
export function feedsOf({ op, name, inputs }: OpCase): Record<string, PlainTensor> {
  const random = seededRandom([...`${op} ${name}`].map((letter) => letter.codePointAt(0)!))
  const grid = (x: number): number => Math.round(x * 1024) / 1024
  return Object.fromEntries(
    Object.entries(inputs).map(([input, { shape, values }]) => {
      const sizes = extents(shape, symbols)
      const count = sizes.reduce((total, size) => total * size, 1)
      if (typeof values !== 'string') return [input, { shape: sizes, data: values }]
      const order = random.permutation(count)
      const data = Array.from({ length: count }, (_, at) => {
        if (values === 'any') return grid(random.normal())
        if (values === 'distinct') return grid((order[at]! - count / 2) / 2)
        const size = 0.5 + 2 * random.uniform()
        return grid(values === 'nonzero' && random.below(2) === 1 ? -size : size)
      })
      return [input, { shape: sizes, data }]
    }),
  )
}

/** Declares a case's inputs on a graph. */
export function declare(
  g: GraphBuilder,
  inputs: Readonly<Record<string, { readonly type: ElementType; readonly shape: Shape }>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { type, shape }]) => [name, g.input(name, type, shape)]))
}

const float = (shape: Shape, values: CaseInput['values'] = 'any'): CaseInput => ({ type: 'float', shape, values })
const ints = (shape: Shape, values: readonly number[], type: 'int64' | 'int32' = 'int64'): CaseInput => ({
  type,
  shape,
  values,
})
const bools = (shape: Shape, values: readonly number[]): CaseInput => ({ type: 'bool', shape, values })

type Build = OpCase['build']

const cases: OpCase[] = []
const add = (op: OpName, name: string, inputs: OpCase['inputs'], build: Build): void => {
  cases.push({ op, name, inputs, build })
}

/** Every operator in every way that the tests try it. */
export const opCases: readonly OpCase[] = cases

const broadcasts: readonly (readonly [name: string, a: Shape, b: Shape])[] = [
  ['same shape', ['N', 3], ['N', 3]],
  ['scalars', [], []],
  ['row on the right', ['N', 3], [3]],
  ['row on the left', [3], ['N', 3]],
  ['scalar on the right', ['B', 'S'], []],
  ['scalar on the left', [], ['B', 'S']],
  ['column meets row', ['N', 1], [1, 3]],
  ['column on the left', ['B', 'S', 1], ['B', 'S', 3]],
  ['ones and missing axes on the right', ['B', 'S', 3], [1, 1]],
  ['ones inside on the left', ['B', 1, 'S', 1], [3, 1, 2]],
  ['both ways with several symbols', ['B', 1, 'T'], ['S', 1]],
  ['one element that stays one', [1, 1], [1]],
]
for (const [name, a, b] of broadcasts) {
  add('Add', name, { a: float(a), b: float(b) }, (g, { a, b }) => g.add(a!, b!))
  add('Sub', name, { a: float(a), b: float(b) }, (g, { a, b }) => g.sub(a!, b!))
  add('Mul', name, { a: float(a), b: float(b) }, (g, { a, b }) => g.mul(a!, b!))
  add('Div', name, { a: float(a), b: float(b, 'nonzero') }, (g, { a, b }) => g.div(a!, b!))
}
for (const op of ['Add', 'Sub', 'Mul', 'Div'] as const) {
  add(op, 'of a value with itself', { x: float(['N', 3], 'nonzero') }, (g, { x }) => g.apply(op, [x!, x!], {}))
}

const unary: readonly (readonly [OpName, CaseInput['values'], (g: GraphBuilder, x: Value) => Value])[] = [
  ['Neg', 'any', (g, x) => g.neg(x)],
  ['Sqrt', 'positive', (g, x) => g.sqrt(x)],
  ['Reciprocal', 'nonzero', (g, x) => g.reciprocal(x)],
  ['Exp', 'any', (g, x) => g.exp(x)],
  ['Log', 'positive', (g, x) => g.log(x)],
  ['Tanh', 'any', (g, x) => g.tanh(x)],
  ['Sigmoid', 'any', (g, x) => g.sigmoid(x)],
  ['Erf', 'any', (g, x) => g.erf(x)],
  ['Relu', 'nonzero', (g, x) => g.relu(x)],
  ['Identity', 'any', (g, x) => g.apply('Identity', [x], {})],
  ['Cast', 'any', (g, x) => g.apply('Cast', [x], { to: 'float' })],
]
for (const [op, values, build] of unary) {
  for (const shape of [[], [7], ['B', 'S', 3]]) {
    add(op, `of [${shape}]`, { x: float(shape, values) }, (g, { x }) => build(g, x!))
  }
}
for (const approximate of ['none', 'tanh'] as const) {
  add('Gelu', approximate, { x: float(['N', 7]) }, (g, { x }) => g.gelu(x!, approximate))
}
for (const alpha of [1, 1.702]) {
  add('QuickGelu', `alpha ${alpha}`, { x: float(['N', 7]) }, (g, { x }) => g.apply('QuickGelu', [x!], { alpha }))
}

const products: readonly (readonly [name: string, a: Shape, b: Shape])[] = [
  ['matrices', ['N', 4], [4, 3]],
  ['one row, one column', [1, 4], [4, 1]],
  ['batches', ['B', 'S', 4], ['B', 4, 3]],
  ['a batch on the left', ['B', 'S', 4], [4, 3]],
  ['a batch on the right', ['S', 4], ['B', 4, 3]],
  ['batches that broadcast both ways', ['B', 1, 'S', 4], [1, 3, 4, 'T']],
  ['a batch of one', [1, 'S', 4], ['B', 4, 3]],
]
for (const [name, a, b] of products) {
  add('MatMul', name, { a: float(a), b: float(b) }, (g, { a, b }) => g.matmul(a!, b!))
}
add('MatMul', 'of a value with itself', { x: float([3, 3]) }, (g, { x }) => g.matmul(x!, x!))

const swapped = (shape: Shape): Shape => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]
const flags = [false, true].flatMap((transA) => [false, true].map((transB) => ({ transA, transB })))
for (const { transA, transB } of flags) {
  const spelled = `${transA ? 'aᵀ' : 'a'} ${transB ? 'bᵀ' : 'b'}`
  for (const [name, a, b] of products) {
    for (const alpha of [1, 0.5]) {
      add(
        'FusedMatMul',
        `${alpha}·${spelled}, ${name}`,
        { a: float(transA ? swapped(a) : a), b: float(transB ? swapped(b) : b) },
        (g, { a, b }) => g.fusedMatmul(a!, b!, { transA, transB, alpha }),
      )
    }
  }
  const a = transA ? [4, 'N'] : ['N', 4]
  const b = transB ? [3, 4] : [4, 3]
  add('Gemm', spelled, { a: float(a), b: float(b) }, (g, { a, b }) => g.gemm(a!, b!, { transA, transB }))
  for (const c of [['N', 3], [3], [1, 3], ['N', 1], [1], []]) {
    add('Gemm', `0.5·${spelled} + 2·c[${c}]`, { a: float(a), b: float(b), c: float(c) }, (g, { a, b, c }) =>
      g.gemm(a!, b!, { transA, transB, alpha: 0.5, beta: 2, c: c! }),
    )
  }
}
add('Gemm', 'a b + c', { a: float(['N', 4]), b: float([4, 3]), c: float([3]) }, (g, { a, b, c }) =>
  g.gemm(a!, b!, { c: c! }),
)

for (const axis of [-1, 0, 1]) {
  add('Softmax', `axis ${axis}`, { x: float(['B', 'S', 4]) }, (g, { x }) => g.softmax(x!, axis))
  add('LogSoftmax', `axis ${axis}`, { x: float(['B', 'S', 4]) }, (g, { x }) => g.logSoftmax(x!, axis))
}
add('Softmax', 'of one axis', { x: float([7]) }, (g, { x }) => g.softmax(x!))
add('LogSoftmax', 'of one axis', { x: float([7]) }, (g, { x }) => g.logSoftmax(x!))

const reductions: readonly (readonly [shape: Shape, axes: readonly number[]])[] = [
  [['N', 3], [0]],
  [['N', 3], [-1]],
  [[7], [0]],
  [
    ['B', 'S', 4],
    [0, 2],
  ],
  [
    ['B', 'S', 4],
    [-1, 0],
  ],
  [
    ['B', 'S', 4],
    [0, 1, 2],
  ],
  [['B', 1, 'T'], [1]],
]
for (const [shape, axes] of reductions) {
  for (const keepdims of [false, true]) {
    const name = `[${shape}] over [${axes}]${keepdims ? ', kept' : ''}`
    add('ReduceSum', name, { x: float(shape) }, (g, { x }) => g.reduceSum(x!, axes, keepdims))
    add('ReduceMean', name, { x: float(shape) }, (g, { x }) => g.reduceMean(x!, axes, keepdims))
    add('ReduceSumSquare', name, { x: float(shape) }, (g, { x }) => g.reduceSumSquare(x!, axes, keepdims))
    add('ReduceMax', name, { x: float(shape, 'distinct') }, (g, { x }) => g.reduceMax(x!, axes, keepdims))
  }
}
add('TopK', 'of the last axis', { x: float(['B', 'S', 4], 'distinct') }, (g, { x }) => g.topK(x!, 2, -1).places)
add('TopK', 'of all rows', { x: float([5, 'S'], 'distinct') }, (g, { x }) => g.topK(x!, 5, 0).places)
add('ArgMax', 'axis -1', { x: float(['B', 'S', 4], 'distinct') }, (g, { x }) => g.argMax(x!, -1))
add('ArgMax', 'kept', { x: float(['N', 4], 'distinct') }, (g, { x }) =>
  g.apply('ArgMax', [x!], { axis: 0, keepdims: 1 }),
)

const gathers: readonly (readonly [name: string, data: Shape, indices: CaseInput, axis: number])[] = [
  ['rows picked twice', ['N', 3], ints([4], [1, 4, 1, 1]), 0],
  ['a row picked by a scalar', ['N', 3], ints([], [2]), 0],
  ['indices from the end', ['N', 3], ints([3], [-1, 0, -5]), 0],
  ['int32 indices', ['N', 3], ints([2], [3, 3], 'int32'), 0],
  ['two axes of indices', ['N', 3], ints(['B', 'S'], [0, 1, 4, 4, 1, 1]), 0],
  ['the last axis', ['B', 'S', 4], ints(['N'], [3, 0, 0, 2, 3]), -1],
  ['a middle axis by two axes of indices', ['B', 4, 3], ints([1, 'N'], [3, 0, 0, 2, 3]), 1],
  ['between axes of unknown extent', ['B', 4, 'S'], ints(['S', 2], [3, 0, 0, 2, 3, 3]), 1],
  ['before axes of unknown extent, by a scalar', [4, 'B', 'S'], ints([], [-1]), 0],
  ['from a vector', [7], ints(['B', 2], [6, 6, 0, 6]), 0],
]
for (const [name, data, indices, axis] of gathers) {
  add('Gather', name, { data: float(data), indices }, (g, { data, indices }) => g.gather(data!, indices!, axis))
}
const elements: readonly (readonly [name: string, data: Shape, indices: CaseInput, axis: number])[] = [
  ['axis 0', ['N', 3], ints([2, 3], [4, 0, 1, 2, 1, 3]), 0],
  ['an element twice', ['N', 3], ints([4, 3], [4, 0, 1, 4, 0, 1, 4, 0, 2, 0, 1, 0]), 0],
  ['axis -1, one a row', ['N', 3], ints(['N', 1], [2, 0, 0, 1, -1]), -1],
  ['fewer rows than the data', ['N', 3], ints(['B', 2], [2, 2, 0, 1]), 1],
  ['a middle axis', ['B', 4, 2], ints(['B', 1, 2], [3, 0, 2, 2], 'int32'), 1],
]
for (const [name, data, indices, axis] of elements) {
  add('GatherElements', name, { data: float(data), indices }, (g, { data, indices }) =>
    g.gatherElements(data!, indices!, axis),
  )
  const inputs = { data: float(data), indices, updates: float(indices.shape) }
  add('ScatterElements', `add, ${name}`, inputs, (g, { data, indices, updates }) =>
    g.scatterAdd(data!, indices!, updates!, axis),
  )
  if (name === 'an element twice' || name === 'fewer rows than the data') continue // ONNX leaves repeated writes undefined
  add('ScatterElements', `none, ${name}`, inputs, (g, { data, indices, updates }) =>
    g.apply('ScatterElements', [data!, indices!, updates!], { axis, reduction: 'none' }),
  )
}

add(
  'ScatterND',
  'rows of a table',
  { data: float(['N', 3]), places: ints([2, 1], [4, 0]), updates: float([2, 3]) },
  (g, { data, places, updates }) => g.apply('ScatterND', [data!, places!, updates!], {}),
)

add('Reshape', 'joined and split', { x: float(['B', 'S', 4]) }, (g, { x }) => g.reshape(x!, [-1, 2]))
add('Reshape', 'like several symbols', { x: float(['B*S', 4]), like: float(['B', 'S', 4]) }, (g, { x, like }) =>
  g.mul(g.reshapeLike(x!, like!), like!),
)
add('Reshape', 'numbers only', { x: float([4, 3]) }, (g, { x }) => g.reshape(x!, [2, 6]))
add('Reshape', 'to a scalar', { x: float([1, 1]) }, (g, { x }) => g.reshape(x!, []))
add('Reshape', 'a symbol that stays', { x: float(['N', 4]) }, (g, { x }) => g.reshape(x!, ['N', 2, 2]))
for (const axes of [[0], [-1], [0, 2], [2, 0], [-2, 0]]) {
  add('Unsqueeze', `axes [${axes}]`, { x: float(['B', 'S']) }, (g, { x }) => g.unsqueeze(x!, axes))
}
add('Unsqueeze', 'a scalar', { x: float([]) }, (g, { x }) => g.unsqueeze(x!, [0]))
for (const [from, to] of [
  [
    [1, 3],
    ['N', 3],
  ],
  [[], ['N', 3]],
  [[3], ['B', 'N', 3]],
  [
    ['B', 1, 1],
    ['B', 'S', 4],
  ],
  [
    [1, 3],
    [5, 3],
  ],
] as const) {
  add('Expand', `[${from}] like [${to}]`, { x: float(from), like: float(to) }, (g, { x, like }) =>
    g.mul(g.expandLike(x!, like!), like!),
  )
}
for (const perm of [
  [2, 0, 1],
  [0, 2, 1],
]) {
  add('Transpose', `by [${perm}]`, { x: float(['B', 'S', 4]) }, (g, { x }) => g.transpose(x!, perm))
}
add('Transpose', 'by [2,0,3,1]', { x: float(['B', 'S', 4, 3]) }, (g, { x }) => g.transpose(x!, [2, 0, 3, 1]))

add('Concat', 'numbers', { a: float(['N', 2]), b: float(['N', 3]) }, (g, { a, b }) => g.concat([a!, b!], 1))
add('Concat', 'symbols and numbers', { a: float(['N', 3]), b: float([2, 3]), c: float(['B', 3]) }, (g, { a, b, c }) =>
  g.concat([a!, b!, c!], 0),
)
add('Concat', 'of a product of symbols', { a: float(['B*S', 3]), b: float([1, 3]) }, (g, { a, b }) =>
  g.concat([a!, b!], 0),
)
add('Concat', 'axis -1, one value twice', { a: float(['N', 2]), b: float(['N', 1]) }, (g, { a, b }) =>
  g.concat([a!, b!, a!], -1),
)
add('Concat', 'of one', { a: float(['N', 2]) }, (g, { a }) => g.concat([a!], 0))
add('Slice', 'numbers', { x: float(['B', 7]) }, (g, { x }) =>
  g.slice(x!, -1, g.constant('int64', [2]), g.constant('int64', [5]), 3),
)
add(
  'Slice',
  'at run time',
  { x: float(['N', 3]), begin: ints([1], [1]), end: ints([1], [4]) },
  (g, { x, begin, end }) => g.slice(x!, 0, begin!, end!, 'S'),
)
add('Slice', 'a middle axis of unknown extent', { x: float(['B', 'N', 2]), begin: ints([1], [2]) }, (g, { x, begin }) =>
  g.slice(x!, 1, begin!, g.extentOf(x!, 1), 'S'),
)
add('Pad', 'numbers', { x: float(['B', 3]), like: float(['B', 7]) }, (g, { x, like }) =>
  g.mul(g.padLike(x!, -1, g.constant('int64', [2]), like!), like!),
)
add(
  'Pad',
  'at run time',
  { x: float(['S', 2]), begin: ints([1], [1]), like: float(['N', 2]) },
  (g, { x, begin, like }) => g.mul(g.padLike(x!, 0, begin!, like!), like!),
)

for (const [name, condition, a, b] of [
  ['same shape', bools([2, 3], [1, 0, 0, 1, 1, 0]), ['B', 3], ['B', 3]],
  ['a condition that broadcasts', bools(['N', 1], [1, 0, 0, 1, 0]), ['N', 3], ['N', 3]],
  ['a scalar on one side', bools(['N'], [1, 0, 0, 1, 0]), [], ['N']],
  ['sides that broadcast both ways', bools([3], [1, 0, 1]), ['N', 1], ['B', 1, 3]],
] as const) {
  const wide = { condition: name === 'same shape' ? { ...condition, shape: ['B', 3] } : condition }
  add('Where', name, { ...wide, a: float(a), b: float(b) }, (g, { condition, a, b }) => g.where(condition!, a!, b!))
}
add('Equal', 'ints', { a: ints(['N', 1], [1, 2, 3, 4, 5]), b: ints([3], [1, 2, 1]) }, (g, { a, b }) => g.equal(a!, b!))
add('Equal', 'floats', { a: float(['N'], [0, 1, -1, 2, 0]), b: float([], [0]) }, (g, { a, b }) => g.equal(a!, b!))
add('Shape', 'of several symbols', { x: float(['B', 'S', 4]) }, (g, { x }) => g.shapeOf(x!))
add('Size', 'of several symbols', { x: float(['B', 'S', 4]) }, (g, { x }) => g.size(x!))
add('Add', 'of ints', { a: ints(['N'], [1, 2, 3, 4, 5]), b: ints([], [7]) }, (g, { a, b }) => g.add(a!, b!))
for (const to of ['int64', 'int32', 'uint8', 'bool'] as const) {
  add('Cast', `to ${to}`, { x: float(['N'], 'positive') }, (g, { x }) => g.cast(x!, to))
}
add('Cast', 'from int64', { x: ints(['N'], [1, 2, 3, 4, 5]) }, (g, { x }) => g.cast(x!, 'float'))

for (const shape of [['N', 4], ['B', 'S', 5], [1, 3], [7]]) {
  const inputs = { x: float(shape), scale: float(shape.slice(-1), 'nonzero') }
  add('SimplifiedLayerNormalization', `of [${shape}]`, inputs, (g, { x, scale }) => g.rmsNorm(x!, scale!, 1e-6).y)
}
add(
  'SimplifiedLayerNormalization',
  'with an epsilon that counts',
  { x: float(['N', 3]), scale: float([3]) },
  (g, { x, scale }) => g.rmsNorm(x!, scale!, 0.5).y,
)

add('Range', 'below a scalar', { end: ints([], [5]) }, (g, { end }) => range(g, end!, 'N'))
add('Clip', 'of ints', { x: ints(['N'], [-3, -1, 0, 2, 9]) }, (g, { x }) => clip(g, x!, -1, 2))
add('Clip', 'of floats', { x: float(['N', 2]) }, (g, { x }) => g.cast(clip(g, x!, -0.5, 0.5), 'int64'))
add('DynamicQuantizeLinear', 'of [N, 3]', { x: float(['N', 3]) }, (g, { x }) => g.cast(g.quantize(x!).y, 'int32'))
add('MatMulInteger', 'by bytes', { x: ints(['N', 3], new Array(15).fill(3)) }, (g, { x }) => {
  const [a, zero] = [g.cast(x!, 'uint8'), g.constant('uint8', [1], [])]
  return g.apply('MatMulInteger', [a, g.constant('uint8', [1, 2, 3, 4, 5, 6], [3, 2]), zero, zero], {})
})
