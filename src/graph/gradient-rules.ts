import type { GraphBuilder } from './builder.ts'
import { joinedExtent } from './builder.ts'
import { product, quotient, type Shape } from './dim.ts'
import { normalAxis } from './infer.ts'
import type { GraphNode, OpInputs, OpName, Value } from './ops.ts'

/**
 * The reverse rule of one operator: from the cotangent of its first output to those of its inputs.
 *
 * @param wanted which inputs' cotangents are used; a rule may skip work for the others
 * @returns one entry an input; `null` where the input is not differentiable (indices, shapes) or not wanted
 */
type GradientRule<K extends OpName> = (
  ct: Value,
  node: GraphNode<K>,
  g: GraphBuilder,
  wanted: readonly boolean[],
) => readonly (Value | null)[]

/** One entry an operator: a missing one is a compile error; `null` states "has no gradient". */
export const gradientRules: { readonly [K in OpName]: GradientRule<K> | null } = {
  Add: (ct, { inputs: [a, b] }, g, wanted) => [
    wanted[0] ? unbroadcast(g, ct, a) : null,
    wanted[1] ? unbroadcast(g, ct, b) : null,
  ],
  Sub: (ct, { inputs: [a, b] }, g, wanted) => [
    wanted[0] ? unbroadcast(g, ct, a) : null,
    wanted[1] ? g.neg(unbroadcast(g, ct, b)) : null,
  ],
  Mul: (ct, { inputs: [a, b] }, g, wanted) => [
    wanted[0] ? unbroadcast(g, g.mul(ct, b), a) : null,
    wanted[1] ? unbroadcast(g, g.mul(ct, a), b) : null,
  ],
  Div: (ct, { inputs: [a, b], outputs: [y] }, g, wanted) => {
    const scaled = g.div(ct, b)
    return [wanted[0] ? unbroadcast(g, scaled, a) : null, wanted[1] ? g.neg(unbroadcast(g, g.mul(scaled, y), b)) : null]
  },
  Neg: (ct, _, g) => [g.neg(ct)],
  Sqrt: (ct, { outputs: [y] }, g) => [g.div(g.mul(ct, g.scalar(0.5)), y)],
  Reciprocal: (ct, { outputs: [y] }, g) => [g.neg(g.mul(ct, g.mul(y, y)))],
  Exp: (ct, { outputs: [y] }, g) => [g.mul(ct, y)],
  Log: (ct, { inputs: [x] }, g) => [g.div(ct, x)],
  Tanh: (ct, { outputs: [y] }, g) => [g.mul(ct, g.sub(g.scalar(1), g.mul(y, y)))],
  Sigmoid: (ct, { outputs: [y] }, g) => [g.mul(ct, g.mul(y, g.sub(g.scalar(1), y)))],
  Erf: (ct, { inputs: [x] }, g) => [g.mul(g.mul(ct, g.scalar(2 / Math.sqrt(Math.PI))), g.exp(g.neg(g.mul(x, x))))],
  // 1 where y is not 0, torch's choice 0 at x = 0. Two casts and a product: onnxruntime's Where takes several times as long.
  Relu: (ct, { outputs: [y] }, g) => [g.mul(ct, g.cast(g.cast(y, 'bool'), 'float'))],
  Gelu: (ct, { inputs: [x], outputs: [y], attributes }, g) => [
    g.mul(ct, attributes.approximate === 'tanh' ? geluTanhSlope(g, x, y) : geluSlope(g, x)),
  ],
  // y = x·s with s = sigmoid(alpha·x): dy/dx = s + alpha·y·(1 - s)
  QuickGelu: (ct, { inputs: [x], outputs: [y], attributes: { alpha } }, g) => {
    const scaled = (value: Value): Value => (alpha === 1 ? value : g.mul(value, g.scalar(alpha)))
    const s = g.sigmoid(scaled(x))
    return [g.mul(ct, g.add(s, g.mul(scaled(y), g.sub(g.scalar(1), s))))]
  },
  Identity: (ct) => [ct],
  Cast: (ct, { inputs: [x] }) => [x.type === 'float' ? ct : null],
  MatMul: (ct, { inputs }, g, wanted) => matmulGradient(g, ct, inputs, { transA: 0, transB: 0, alpha: 1 }, wanted),
  FusedMatMul: (ct, { inputs, attributes }, g, wanted) => matmulGradient(g, ct, inputs, attributes, wanted),
  Gemm: (ct, { inputs: [a, b, c], attributes }, g, wanted) => {
    const { alpha, beta } = attributes
    const transA = attributes.transA === 1
    const transB = attributes.transB === 1
    const forA = () =>
      transA ? g.gemm(b, ct, { transA: transB, transB: true, alpha }) : g.gemm(ct, b, { transB: !transB, alpha })
    const forB = () =>
      transB ? g.gemm(ct, a, { transA: true, transB: transA, alpha }) : g.gemm(a, ct, { transA: !transA, alpha })
    const forC = (c: Value) => unbroadcast(g, beta === 1 ? ct : g.mul(ct, g.scalar(beta)), c)
    return [wanted[0] ? forA() : null, wanted[1] ? forB() : null, c && wanted[2] ? forC(c) : null]
  },
  Softmax: (ct, { outputs: [y], attributes: { axis } }, g) => [
    g.mul(y, g.sub(ct, g.reduceSum(g.mul(ct, y), [axis], true))),
  ],
  LogSoftmax: (ct, { outputs: [y], attributes: { axis } }, g) => [
    g.sub(ct, g.mul(g.exp(y), g.reduceSum(ct, [axis], true))),
  ],
  ReduceSum: (ct, { inputs: [x], attributes }, g) => [g.expandLike(kept(g, ct, attributes), x), null],
  ReduceMean: (ct, { inputs: [x], outputs: [y], attributes }, g) => {
    const fixed = quotient(product(x.shape), product(y.shape))
    const count =
      typeof fixed === 'number' ? g.scalar(fixed) : g.div(g.cast(g.size(x), 'float'), g.cast(g.size(y), 'float'))
    return [g.expandLike(g.div(kept(g, ct, attributes), count), x), null]
  },
  ReduceSumSquare: null,
  // Ties share the cotangent evenly, as torch.amax does.
  ReduceMax: (ct, { inputs: [x], outputs: [y], attributes }, g) => {
    const isMax = g.cast(g.equal(x, kept(g, y, attributes)), 'float')
    const share = g.div(kept(g, ct, attributes), g.reduceSum(isMax, attributes.axes, true))
    return [g.mul(isMax, share), null]
  },
  ArgMax: null,
  TopK: null,
  Gather: (ct, { inputs: [data, indices], attributes }, g) => {
    const axis = normalAxis(data, attributes.axis)
    const before = data.shape.slice(0, axis)
    const after = data.shape.slice(axis + 1)
    const flatIndices = g.reshape(indices, [-1])
    const picks = flatIndices.shape[0]!
    const updates = indices.shape.length === 1 ? ct : reshapeAround(g, ct, data, axis, [...before, picks, ...after])
    const aligned = g.reshape(flatIndices, [...before.map(() => 1), -1, ...after.map(() => 1)])
    // Not ScatterND, which is faster but adds repeated rows on several threads without a lock.
    return [g.scatterAdd(g.zerosLike(data), g.expandLike(aligned, updates), updates, axis), null]
  },
  GatherElements: (ct, { inputs: [data, indices], attributes: { axis } }, g) => [
    g.scatterAdd(g.zerosLike(data), indices, ct, axis),
    null,
  ],
  ScatterElements: (ct, { inputs: [, indices, updates], attributes: { axis, reduction } }, g) => {
    const forUpdates = g.gatherElements(ct, indices, axis)
    if (reduction === 'add') return [ct, null, forUpdates]
    const overwritten = g.apply('ScatterElements', [ct, indices, g.zerosLike(updates)], { axis, reduction: 'none' })
    return [overwritten, null, forUpdates]
  },
  ScatterND: null,
  Reshape: (ct, { inputs: [x] }, g) => [g.reshapeLike(ct, x), null],
  Unsqueeze: (ct, { inputs: [x] }, g) => [g.reshapeLike(ct, x), null],
  Expand: (ct, { inputs: [x] }, g) => [unbroadcast(g, ct, x), null],
  Transpose: (ct, { attributes: { perm } }, g) => {
    const inverse = new Array<number>(perm.length)
    perm.forEach((from, to) => {
      inverse[from] = to
    })
    return [g.transpose(ct, inverse)]
  },
  Concat: (ct, { inputs, attributes }, g, wanted) => {
    const axis = normalAxis(inputs[0]!, attributes.axis)
    let begin = g.constant('int64', [0])
    return inputs.map((input, at) => {
      const end =
        typeof joinedExtent(inputs.slice(0, at + 1), axis) === 'number'
          ? g.constant('int64', [joinedExtent(inputs.slice(0, at + 1), axis) as number])
          : g.add(begin, g.extentOf(input, axis))
      const part = wanted[at] ? g.slice(ct, axis, begin, end, input.shape[axis]!) : null
      begin = end
      return part
    })
  },
  Slice: (ct, { inputs: [x, begin], attributes: { axis } }, g) => [g.padLike(ct, axis, begin, x), null, null, null],
  Pad: (ct, { inputs: [x, pads], attributes: { axis } }, g) => {
    const begin = g.gather(pads, g.constant('int64', [0]))
    return [g.slice(ct, axis, begin, g.add(begin, g.extentOf(x, axis)), x.shape[axis]!), null, null, null]
  },
  Shape: null,
  Size: null,
  Equal: null,
  Where: (ct, { inputs: [condition, a, b] }, g, wanted) => [
    null,
    wanted[1] ? unbroadcast(g, g.where(condition, ct, g.scalar(0)), a) : null,
    wanted[2] ? unbroadcast(g, g.where(condition, g.scalar(0), ct), b) : null,
  ],
  // y = x·r·scale with r = 1/rms(x): dx = r·(ct·scale - x·r²·mean(ct·x·scale)), dscale = Σ ct·x·r over the rows.
  // Both sums over ct·x are products with a vector, which carry scale and r along without another pass over the rows.
  SimplifiedLayerNormalization: (ct, { inputs: [x, scale], outputs: [, r], attributes }, g, wanted) => {
    if (!g.dialect.inverseRms) return rmsNormGradient(g, ct, x, scale, attributes.epsilon)
    const width = scale.shape[0] as number
    const along = g.reshape(g.mul(ct, x), [-1, width]) // [rows, width]
    const forX = () => {
      // A row times a matrix, as onnxruntime's product of a matrix and a column has other bits with other numbers of threads.
      const row = g.reshape(g.mul(scale, g.scalar(1 / width)), [1, width])
      const mean = g.reshapeLike(g.gemm(row, along, { transB: true }), r) // [..., 1]
      return g.mul(g.sub(g.mul(ct, scale), g.mul(x, g.mul(g.mul(r, r), mean))), r)
    }
    const forScale = () => g.reshape(g.matmul(g.reshape(r, [1, -1]), along), [width])
    return [wanted[0] ? forX() : null, wanted[1] ? forScale() : null]
  },
  Range: null,
  Clip: null,
  DynamicQuantizeLinear: null,
  MatMulInteger: null,
}

/** Applies the rule of a node's operator. */
export function gradientOf(
  node: GraphNode,
  ct: Value,
  g: GraphBuilder,
  wanted: readonly boolean[],
): readonly (Value | null)[] {
  const rule = gradientRules[node.op] as GradientRule<OpName> | null
  return rule ? rule(ct, node, g, wanted) : node.inputs.map(() => null)
}

/** The same without 1/rms: with t = Σx² + d·epsilon, r is √(d/t), and r²·mean(ct·x·scale) is Σ(ct·x·scale) / t. */
function rmsNormGradient(g: GraphBuilder, ct: Value, x: Value, scale: Value, epsilon: number): readonly Value[] {
  const width = scale.shape[0] as number
  const t = g.add(g.reduceSumSquare(x, [-1], true), g.scalar(width * epsilon)) // [..., 1]
  const r = g.div(g.scalar(Math.sqrt(width)), g.sqrt(t))
  const along = g.reshape(g.mul(ct, x), [-1, width]) // [rows, width]
  // A product with a column carries scale along without another pass over the rows.
  const sums = g.reshapeLike(g.matmul(along, g.reshape(scale, [width, 1])), t)
  const share = g.div(sums, t)
  const forX = g.mul(g.sub(g.mul(ct, scale), g.mul(x, share)), r)
  const forScale = g.matmul(g.reshape(r, [1, -1]), along)
  return [forX, g.reshape(forScale, [width])]
}

/** Sums a cotangent over the axes along which its value was repeated. */
function unbroadcast(g: GraphBuilder, ct: Value, value: Value): Value {
  const extra = ct.shape.length - value.shape.length
  const repeated = value.shape.flatMap((dim, axis) => (dim === 1 && ct.shape[axis + extra] !== 1 ? [axis + extra] : []))
  const added = Array.from({ length: extra }, (_, axis) => axis)
  const summed = repeated.length > 0 ? g.reduceSum(ct, repeated, true) : ct
  return added.length > 0 ? g.reduceSum(summed, added, false) : summed
}

/** Puts the reduced axes back with extent 1. */
function kept(g: GraphBuilder, y: Value, { axes, keepdims }: { axes: readonly number[]; keepdims: 0 | 1 }): Value {
  return keepdims ? y : g.unsqueeze(y, axes)
}

function matmulGradient(
  g: GraphBuilder,
  ct: Value,
  [a, b]: OpInputs['MatMul'],
  attributes: { transA: 0 | 1; transB: 0 | 1; alpha: number },
  wanted: readonly boolean[],
): (Value | null)[] {
  const { alpha } = attributes
  const transA = attributes.transA === 1
  const transB = attributes.transB === 1
  const forA = () =>
    transA
      ? g.fusedMatmul(b, ct, { transA: transB, transB: true, alpha })
      : g.fusedMatmul(ct, b, { transB: !transB, alpha })
  const forB = () =>
    transB
      ? g.fusedMatmul(ct, a, { transA: true, transB: transA, alpha })
      : g.fusedMatmul(a, ct, { transA: !transA, alpha })
  return [wanted[0] ? unbroadcast(g, forA(), a) : null, wanted[1] ? unbroadcast(g, forB(), b) : null]
}

/** Joins the axes that a gather with an index of several axes made. */
function reshapeAround(g: GraphBuilder, ct: Value, data: Value, axis: number, shape: Shape): Value {
  if (shape.filter((dim) => typeof dim !== 'number').length < 2) return g.reshape(ct, shape)
  const extents = shape.map((_, at) => (at === axis ? g.constant('int64', [-1]) : g.extentOf(data, at)))
  return g.apply('Reshape', [ct, g.concat(extents, 0)], { shape })
}

const sqrt2OverPi = Math.sqrt(2 / Math.PI)

// y = x·s with s = sigmoid(x·p), p = 2√(2/π)·(1 + 0.044715·x²): slope = s + y·(1-s)·(x·p)′, where (x·p)′ = 3p - 4√(2/π)
function geluTanhSlope(g: GraphBuilder, x: Value, y: Value): Value {
  const p = g.add(g.mul(g.mul(x, x), g.scalar(2 * sqrt2OverPi * 0.044715)), g.scalar(2 * sqrt2OverPi))
  const s = g.sigmoid(g.mul(x, p))
  const bend = g.sub(g.mul(p, g.scalar(3)), g.scalar(4 * sqrt2OverPi))
  return g.add(s, g.mul(g.mul(y, g.sub(g.scalar(1), s)), bend))
}

// gelu(x) = x·Φ(x): slope = Φ(x) + x·φ(x)
function geluSlope(g: GraphBuilder, x: Value): Value {
  const cdf = g.mul(g.add(g.erf(g.mul(x, g.scalar(Math.SQRT1_2))), g.scalar(1)), g.scalar(0.5))
  const pdf = g.mul(g.exp(g.mul(g.mul(x, x), g.scalar(-0.5))), g.scalar(1 / Math.sqrt(2 * Math.PI)))
  return g.add(cdf, g.mul(x, pdf))
}
