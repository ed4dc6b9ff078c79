import { broadcast, type Dim, product, quotient, type Shape, sameShape, sum } from './dim.ts'
import type { ElementType, OpAttributes, OpInputs, OpName, OpOutputs, Value } from './ops.ts'

/** Type and shape of one output. */
export interface OutputType {
  readonly type: ElementType
  readonly shape: Shape
}

type InferRule<K extends OpName> = (inputs: OpInputs[K], attributes: OpAttributes[K]) => OpOutputs<K, OutputType>

/** How each operator's outputs follow from its inputs; building a node runs its rule, so no node is untyped. */
export const inferRules: { readonly [K in OpName]: InferRule<K> } = {
  Add: elementwiseNumbers,
  Sub: elementwiseNumbers,
  Mul: elementwiseNumbers,
  Div: elementwiseNumbers,
  Neg: sameAsInput,
  Sqrt: sameFloat,
  Reciprocal: sameFloat,
  Exp: sameFloat,
  Log: sameFloat,
  Tanh: sameFloat,
  Sigmoid: sameFloat,
  Erf: sameFloat,
  Relu: sameFloat,
  Gelu: sameFloat,
  QuickGelu: sameFloat,
  Identity: sameAsInput,
  Cast: ([x], { to }) => [{ type: to, shape: x.shape }],
  MatMul: (inputs) => matmul(inputs, 0, 0),
  FusedMatMul: (inputs, { transA, transB }) => matmul(inputs, transA, transB),
  Gemm: (inputs, { transA, transB }) => {
    const [a, b, c] = inputs
    expectRank(a, 2)
    expectRank(b, 2)
    const [out] = matmul(inputs, transA, transB)
    if (c) {
      expectFloat(c)
      if (!sameShape(broadcast(out.shape, c.shape), out.shape)) {
        throw new RangeError(`Cannot add ${spell(c)} to [${out.shape}]`)
      }
    }
    return [out]
  },
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceSumSquare: reduce,
  ReduceMax: reduce,
  ArgMax: ([x], { axis, keepdims }) => [{ type: 'int64', shape: reducedShape(x, [axis], keepdims) }],
  TopK: ([x], { axis, count }) => {
    const at = normalAxis(x, axis)
    if (count > Number(x.shape[at])) throw new RangeError(`Cannot take the ${count} largest of ${spell(x)}`)
    const shape = x.shape.map((dim, other) => (other === at ? count : dim))
    return [
      { type: x.type, shape },
      { type: 'int64', shape },
    ]
  },
  Gather: ([data, indices], { axis }) => {
    const at = normalAxis(data, axis)
    expectIndices(indices)
    return [{ type: data.type, shape: [...data.shape.slice(0, at), ...indices.shape, ...data.shape.slice(at + 1)] }]
  },
  GatherElements: ([data, indices], { axis }) => {
    normalAxis(data, axis)
    expectIndices(indices)
    expectRank(indices, data.shape.length)
    return [{ type: data.type, shape: indices.shape }]
  },
  ScatterElements: ([data, indices, updates], { axis }) => {
    normalAxis(data, axis)
    expectIndices(indices)
    expectRank(indices, data.shape.length)
    if (!sameShape(indices.shape, updates.shape) || data.type !== updates.type) {
      throw new RangeError(`Cannot scatter ${spell(updates)} to ${spell(indices)} of ${spell(data)}`)
    }
    return [{ type: data.type, shape: data.shape }]
  },
  ScatterND: ([data, indices, updates]) => {
    expectIndices(indices)
    const taken = indices.shape.at(-1)
    if (typeof taken !== 'number') throw new RangeError(`Cannot scatter to ${spell(indices)}`)
    const slices = [...indices.shape.slice(0, -1), ...data.shape.slice(taken)]
    if (!sameShape(slices, updates.shape) || data.type !== updates.type) {
      throw new RangeError(`Cannot scatter ${spell(updates)} to ${spell(indices)} of ${spell(data)}`)
    }
    return [{ type: data.type, shape: data.shape }]
  },
  Reshape: ([x], { shape }) => [{ type: x.type, shape: reshaped(x.shape, shape) }],
  Unsqueeze: ([x], { axes }) => {
    const rank = x.shape.length + axes.length
    const added = distinctAxes(axes, rank)
    const rest = [...x.shape]
    return [{ type: x.type, shape: Array.from({ length: rank }, (_, at) => (added.has(at) ? 1 : rest.shift()!)) }]
  },
  // The second input is `Shape(like)`: its extent is known by symbols, so the caller states them (see GraphBuilder.expandLike).
  Expand: () => {
    throw new Error('Cannot infer Expand: build it with expandLike')
  },
  Transpose: ([x], { perm }) => {
    if ([...perm].sort((a, b) => a - b).some((axis, at) => axis !== at) || perm.length !== x.shape.length) {
      throw new RangeError(`Cannot transpose ${spell(x)} by [${perm}]`)
    }
    return [{ type: x.type, shape: perm.map((axis) => x.shape[axis]!) }]
  },
  Concat: (inputs, { axis }) => {
    const first = inputs[0]!
    const at = normalAxis(first, axis)
    for (const input of inputs) {
      const rest = input.shape.map((dim, other) => (other === at ? first.shape[at]! : dim))
      if (!sameShape(rest, first.shape) || input.type !== first.type)
        throw new RangeError(`Cannot join ${spell(first)} and ${spell(input)}`)
    }
    const joined = sum(inputs.map((input) => input.shape[at]!))
    return [{ type: first.type, shape: first.shape.map((dim, other) => (other === at ? joined : dim)) }]
  },
  Slice: () => {
    throw new Error('Cannot infer Slice: build it with slice')
  },
  Pad: () => {
    throw new Error('Cannot infer Pad: build it with padLike')
  },
  Shape: ([x]) => [{ type: 'int64', shape: [x.shape.length] }],
  Size: () => [{ type: 'int64', shape: [] }],
  Equal: ([a, b]) => {
    if (a.type !== b.type) throw new TypeError(`Cannot compare ${spell(a)} with ${spell(b)}`)
    return [{ type: 'bool', shape: broadcast(a.shape, b.shape) }]
  },
  Where: ([condition, a, b]) => {
    if (condition.type !== 'bool' || a.type !== b.type) throw new TypeError(`Cannot choose ${spell(a)} or ${spell(b)}`)
    return [{ type: a.type, shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) }]
  },
  SimplifiedLayerNormalization: ([x, scale]) => {
    expectFloat(x)
    expectFloat(scale)
    const width = x.shape.at(-1)
    if (typeof width !== 'number')
      throw new RangeError(`Cannot normalise ${spell(x)} as its last extent is not a number`)
    if (scale.shape.length !== 1 || scale.shape[0] !== width) {
      throw new RangeError(`Cannot normalise ${spell(x)} as its scale is ${spell(scale)}`)
    }
    return [
      { type: 'float', shape: x.shape },
      { type: 'float', shape: [...x.shape.slice(0, -1), 1] },
    ]
  },
  Range: ([begin], { extent }) => [{ type: begin.type, shape: [extent] }],
  Clip: sameAsInput,
  DynamicQuantizeLinear: ([x]) => {
    expectFloat(x)
    return [
      { type: 'uint8', shape: x.shape },
      { type: 'float', shape: [] },
      { type: 'uint8', shape: [] },
    ]
  },
  MatMulInteger: ([a, b]) => {
    if (a.type !== 'uint8' || b.type !== 'uint8') throw new TypeError(`Cannot multiply ${spell(a)} and ${spell(b)}`)
    const [{ shape }] = matmul([floating(a), floating(b)], 0, 0)
    return [{ type: 'int32', shape }]
  },
}

/** Shapes of products do not depend on types. */
function floating(x: Value): Value {
  return { ...x, type: 'float' }
}

/** Runs the inference rule of `op`; attributes must be the operator's own. */
export function infer<K extends OpName>(
  op: K,
  inputs: OpInputs[K],
  attributes: OpAttributes[K],
): OpOutputs<K, OutputType> {
  try {
    return inferRules[op](inputs, attributes)
  } catch (error) {
    throw new RangeError(`Cannot build ${op}(${inputs.map(spell).join(', ')})`, { cause: error })
  }
}

/** `axis` counted from the front. */
export function normalAxis(x: Value, axis: number): number {
  const at = axis < 0 ? axis + x.shape.length : axis
  if (!(at >= 0 && at < x.shape.length)) throw new RangeError(`Cannot take axis ${axis} of ${spell(x)}`)
  return at
}

/** `name: float[3, N]`, for messages. */
export function spell(x: Value): string {
  return `${x.name}: ${x.type}[${x.shape.join(', ')}]`
}

function elementwiseNumbers([a, b]: OpInputs['Add']): [OutputType] {
  if (a.type !== b.type) throw new TypeError(`Cannot combine ${spell(a)} with ${spell(b)}`)
  return [{ type: a.type, shape: broadcast(a.shape, b.shape) }]
}

function sameAsInput([x]: readonly [Value, ...Value[]]): [OutputType] {
  return [{ type: x.type, shape: x.shape }]
}

function sameFloat([x]: OpInputs['Identity']): [OutputType] {
  expectFloat(x)
  return [{ type: 'float', shape: x.shape }]
}

function alongAxis(inputs: OpInputs['Softmax'], { axis }: { axis: number }): [OutputType] {
  normalAxis(inputs[0], axis)
  return sameFloat(inputs)
}

function matmul([a, b]: OpInputs['MatMul' | 'Gemm'], transA: 0 | 1, transB: 0 | 1): [OutputType] {
  expectFloat(a)
  expectFloat(b)
  if (a.shape.length < 2 || b.shape.length < 2) throw new RangeError('Cannot multiply vectors: give each two axes')
  const [rows, inner] = lastTwo(a.shape, transA)
  const [innerB, columns] = lastTwo(b.shape, transB)
  if (inner !== innerB) throw new RangeError(`Cannot multiply as ${inner} meets ${innerB}`)
  return [{ type: 'float', shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns] }]
}

function lastTwo(shape: Shape, transposed: 0 | 1): [Dim, Dim] {
  const [first, second] = shape.slice(-2) as [Dim, Dim]
  return transposed ? [second, first] : [first, second]
}

function reduce([x]: OpInputs['ReduceSum'], { axes, keepdims }: OpAttributes['ReduceSum']): [OutputType] {
  // ONNX takes no axes for all axes; spelling them out keeps the two apart.
  if (axes.length === 0) throw new RangeError(`Cannot reduce ${spell(x)} over no axis`)
  return [{ type: x.type, shape: reducedShape(x, axes, keepdims) }]
}

function reducedShape({ shape }: Value, axes: readonly number[], keepdims: 0 | 1): Shape {
  const gone = distinctAxes(axes, shape.length)
  return keepdims ? shape.map((dim, at) => (gone.has(at) ? 1 : dim)) : shape.filter((_, at) => !gone.has(at))
}

/** `axes` counted from the front, each named once. */
function distinctAxes(axes: readonly number[], rank: number): Set<number> {
  const distinct = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))
  const inside = [...distinct].every((axis) => axis >= 0 && axis < rank)
  if (!inside || distinct.size < axes.length) throw new RangeError(`Cannot take axes [${axes}] of ${rank}`)
  return distinct
}

/** The extents of `to`, of which one may be `-1` for what is left. */
export function reshaped(from: Shape, to: Shape): Shape {
  const open = to.indexOf(-1)
  const total = product(from)
  if (open < 0) {
    if (product(to) !== total) throw new RangeError(`Cannot reshape [${from}] to [${to}]`)
    return to
  }
  const rest = quotient(total, product(to.filter((dim) => dim !== -1)))
  if (rest === undefined || to.lastIndexOf(-1) !== open) throw new RangeError(`Cannot reshape [${from}] to [${to}]`)
  return to.map((dim) => (dim === -1 ? rest : dim))
}

function expectFloat(x: Value): void {
  if (x.type !== 'float') throw new TypeError(`Cannot take ${spell(x)} as it is not float`)
}

function expectRank(x: Value, rank: number): void {
  if (x.shape.length !== rank) throw new RangeError(`Cannot take ${spell(x)} as it must have ${rank} axes`)
}

function expectIndices(x: Value): void {
  if (x.type !== 'int64' && x.type !== 'int32') throw new TypeError(`Cannot index with ${spell(x)}`)
}
