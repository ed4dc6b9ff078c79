import type { Dim, Shape } from './dim.ts'

/** Element types, spelled as in ONNX's TensorProto.DataType, lower case; `float16` within a graph alone. */
export type ElementType = 'float' | 'float16' | 'uint8' | 'int32' | 'int64' | 'bool'

/** What an element takes in memory. */
export const elementBytes: Readonly<Record<ElementType, number>> = {
  float: 4,
  float16: 2,
  uint8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
}

/**
 * The operators a graph may hold, each with its attributes. Names and attributes keep ONNX's spelling.
 * Operators of onnxruntime's own domain are listed in {@link contribOps}.
 */
export interface OpAttributes {
  Add: object
  Sub: object
  Mul: object
  Div: object
  Neg: object
  Sqrt: object
  Reciprocal: object
  Exp: object
  Log: object
  Tanh: object
  Sigmoid: object
  Erf: object
  Relu: object
  Gelu: { readonly approximate: 'none' | 'tanh' }
  QuickGelu: { readonly alpha: number }
  Identity: object
  Cast: { readonly to: ElementType }
  MatMul: object
  FusedMatMul: { readonly transA: 0 | 1; readonly transB: 0 | 1; readonly alpha: number }
  Gemm: { readonly transA: 0 | 1; readonly transB: 0 | 1; readonly alpha: number; readonly beta: number }
  Softmax: { readonly axis: number }
  LogSoftmax: { readonly axis: number }
  ReduceSum: { readonly axes: readonly number[]; readonly keepdims: 0 | 1 }
  ReduceMean: { readonly axes: readonly number[]; readonly keepdims: 0 | 1 }
  ReduceSumSquare: { readonly axes: readonly number[]; readonly keepdims: 0 | 1 }
  ReduceMax: { readonly axes: readonly number[]; readonly keepdims: 0 | 1 }
  ArgMax: { readonly axis: number; readonly keepdims: 0 | 1 }
  /** Largest first; of equal ones the first. `count` is the number that the second input holds. */
  TopK: { readonly axis: number; readonly count: number }
  Gather: { readonly axis: number }
  GatherElements: { readonly axis: number }
  ScatterElements: { readonly axis: number; readonly reduction: 'none' | 'add' }
  /** Puts each slice of `updates` where the numbers along the last axis of `indices` say; none twice. */
  ScatterND: object
  Reshape: { readonly shape: Shape }
  Unsqueeze: { readonly axes: readonly number[] }
  Expand: object
  Transpose: { readonly perm: readonly number[] }
  Concat: { readonly axis: number }
  Slice: { readonly axis: number }
  Pad: { readonly axis: number }
  Shape: object
  Size: object
  Equal: object
  Where: object
  SimplifiedLayerNormalization: { readonly epsilon: number }
  /** `begin` to below `end`, of which there are `extent`. */
  Range: { readonly extent: Dim }
  Clip: object
  /** To uint8: its scale and zero point are those of all its numbers. */
  DynamicQuantizeLinear: object
  MatMulInteger: object
}

export type OpName = keyof OpAttributes

type One = readonly [x: Value]
type Two = readonly [a: Value, b: Value]
type WithAxes = readonly [x: Value, axes: Value]

/** The inputs of each operator, in ONNX's order; shapes and axes are tensors too. */
export interface OpInputs {
  Add: Two
  Sub: Two
  Mul: Two
  Div: Two
  Neg: One
  Sqrt: One
  Reciprocal: One
  Exp: One
  Log: One
  Tanh: One
  Sigmoid: One
  Erf: One
  Relu: One
  Gelu: One
  QuickGelu: One
  Identity: One
  Cast: One
  MatMul: Two
  FusedMatMul: Two
  Gemm: Two | readonly [a: Value, b: Value, c: Value]
  Softmax: One
  LogSoftmax: One
  ReduceSum: WithAxes
  ReduceMean: WithAxes
  ReduceSumSquare: WithAxes
  ReduceMax: WithAxes
  ArgMax: One
  TopK: readonly [x: Value, count: Value]
  Gather: readonly [data: Value, indices: Value]
  GatherElements: readonly [data: Value, indices: Value]
  ScatterElements: readonly [data: Value, indices: Value, updates: Value]
  ScatterND: readonly [data: Value, indices: Value, updates: Value]
  Reshape: readonly [x: Value, shape: Value]
  Unsqueeze: WithAxes
  Expand: readonly [x: Value, shape: Value]
  Transpose: One
  Concat: readonly Value[]
  Slice: readonly [x: Value, begin: Value, end: Value, axes: Value]
  Pad: readonly [x: Value, pads: Value, fill: Value, axes: Value]
  Shape: One
  Size: One
  Equal: Two
  Where: readonly [condition: Value, a: Value, b: Value]
  SimplifiedLayerNormalization: readonly [x: Value, scale: Value]
  Range: readonly [begin: Value, end: Value, step: Value]
  Clip: readonly [x: Value, least: Value, most: Value]
  DynamicQuantizeLinear: One
  MatMulInteger: readonly [a: Value, b: Value, zeroOfA: Value, zeroOfB: Value]
}

/** One output an operator, but for those that give places, or what their gradient needs, as well. */
export type OpOutputs<K extends OpName, T = Value> = K extends 'SimplifiedLayerNormalization'
  ? readonly [y: T, inverseRms: T]
  : K extends 'TopK'
    ? readonly [values: T, places: T]
    : K extends 'DynamicQuantizeLinear'
      ? readonly [y: T, scale: T, zero: T]
      : readonly [y: T]

/** Operators that live in onnxruntime's domain `com.microsoft`. */
export const contribOps: ReadonlySet<OpName> = new Set(['FusedMatMul', 'QuickGelu'])

/** One tensor of a graph: a graph input, a constant, or one output of a node. */
export interface Value {
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
}

/** One application of an operator. `K` narrows inputs, outputs and attributes to the operator's own. */
export interface GraphNode<K extends OpName = OpName> {
  readonly op: K
  readonly inputs: OpInputs[K]
  readonly outputs: OpOutputs<K>
  readonly attributes: OpAttributes[K]
}
