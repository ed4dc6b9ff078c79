import { type Dialect, processorDialect } from './dialect.ts'
import { broadcast, type Dim, product, type Shape, sameShape, sum } from './dim.ts'
import { infer, normalAxis, type OutputType, reshaped, spell } from './infer.ts'
import type { ElementType, GraphNode, OpAttributes, OpInputs, OpName, OpOutputs, Value } from './ops.ts'

/** A constant of the graph. `int64` data are given as ordinary numbers. */
export interface Constant {
  readonly value: Value
  readonly data: readonly number[]
}

/**
 * What the reverse pass walks: a node with the rule of its operator, or a group of nodes that brings its own rule.
 */
export type TapeEntry =
  | { readonly kind: 'node'; readonly node: GraphNode }
  | { readonly kind: 'group'; readonly group: GradientGroup }

/** Nodes whose gradient is given as a whole, because it is cheaper or more exact than the composition of their rules. */
export interface GradientGroup {
  readonly inputs: readonly Value[]
  readonly output: Value
  /** What the nodes make besides `output`: no cotangent finds its way through these. */
  readonly hidden: readonly Value[]
  /** @returns a cotangent for each of `inputs`, `null` for none */
  readonly gradient: (cotangent: Value) => readonly (Value | null)[]
}

/**
 * Builds one ONNX graph. Every node's output types are inferred and checked when it is built.
 *
 * @example
 * const g = new GraphBuilder()
 * const x = g.input('x', 'float', ['N', 4])
 * const w = g.input('w', 'float', [3, 4])
 * g.output('y', g.gemm(x, w, { transB: true })) // [N, 3]
 */
export class GraphBuilder {
  readonly inputs: Value[] = []
  readonly constants: Constant[] = []
  readonly nodes: GraphNode[] = []
  readonly outputs: { readonly name: string; readonly value: Value }[] = []
  readonly tape: TapeEntry[] = []
  readonly #constantsByContent = new Map<string, Value>()
  readonly #shapes = new Map<Value, Value>()
  readonly #names = new Set<string>()
  readonly dialect: Dialect
  readonly #fewRows: boolean
  #groupDepth = 0
  #nextId = 0

  /**
   * @param dialect of the engine that is to run the graph
   * @param options `fewRows`: activations have so few rows that to lay out weights takes about as long as to multiply by them
   */
  constructor(dialect = processorDialect, { fewRows = false }: { readonly fewRows?: boolean } = {}) {
    this.dialect = dialect
    this.#fewRows = fewRows
  }

  /** Declares a graph input. Symbols in `shape` are bound by each run. */
  input(name: string, type: ElementType, shape: Shape): Value {
    if (this.#names.has(name)) throw new Error(`Cannot declare input "${name}" as the name is taken`)
    this.#names.add(name)
    const value = { name, type, shape }
    this.inputs.push(value)
    return value
  }

  /** Names a value as a result of the graph; a value may have several names. */
  output(name: string, value: Value): Value {
    if (this.#names.has(name)) throw new Error(`Cannot declare output "${name}" as the name is taken`)
    this.#names.add(name)
    this.outputs.push({ name, value })
    return value
  }

  /** A constant tensor; equal constants are one. */
  constant(type: ElementType, data: readonly number[], shape: Shape = [data.length]): Value {
    if (product(shape) !== data.length) throw new RangeError(`Cannot hold ${data.length} numbers in [${shape}]`)
    const content = `${type}[${shape}]:${data.map((x) => (Object.is(x, -0) ? '-0' : x)).join(',')}`
    const known = this.#constantsByContent.get(content)
    if (known) return known
    const value = { name: this.#fresh('const'), type, shape }
    this.constants.push({ value, data })
    this.#constantsByContent.set(content, value)
    return value
  }

  /** A float constant without axes. */
  scalar(x: number): Value {
    return this.constant('float', [x], [])
  }

  /** Adds a node with one output. Prefer the methods named for operators; this is for those that have none. */
  apply<K extends OpName>(
    op: K,
    inputs: OpInputs[K],
    attributes: OpAttributes[K],
    types: OpOutputs<K, OutputType> = infer(op, inputs, attributes),
  ): Value {
    return this.#node(op, inputs, attributes, types)[0]
  }

  add = (a: Value, b: Value): Value => this.apply('Add', [a, b], {})
  sub = (a: Value, b: Value): Value => this.apply('Sub', [a, b], {})
  mul = (a: Value, b: Value): Value => this.apply('Mul', [a, b], {})
  div = (a: Value, b: Value): Value => this.apply('Div', [a, b], {})
  neg = (x: Value): Value => this.apply('Neg', [x], {})
  sqrt = (x: Value): Value => this.apply('Sqrt', [x], {})
  reciprocal = (x: Value): Value => this.apply('Reciprocal', [x], {})
  exp = (x: Value): Value => this.apply('Exp', [x], {})
  log = (x: Value): Value => this.apply('Log', [x], {})
  tanh = (x: Value): Value => this.apply('Tanh', [x], {})
  sigmoid = (x: Value): Value => this.apply('Sigmoid', [x], {})
  erf = (x: Value): Value => this.apply('Erf', [x], {})
  relu = (x: Value): Value => this.apply('Relu', [x], {})
  gelu = (x: Value, approximate: 'none' | 'tanh'): Value => this.apply('Gelu', [x], { approximate })
  cast = (x: Value, to: ElementType): Value => (x.type === to ? x : this.apply('Cast', [x], { to }))
  softmax = (x: Value, axis = -1): Value => this.apply('Softmax', [x], { axis })
  logSoftmax = (x: Value, axis = -1): Value => this.apply('LogSoftmax', [x], { axis })
  equal = (a: Value, b: Value): Value => this.apply('Equal', [a, b], {})
  where = (condition: Value, a: Value, b: Value): Value => this.apply('Where', [condition, a, b], {})
  size = (x: Value): Value => this.apply('Size', [x], {})
  transpose = (x: Value, perm: readonly number[]): Value => this.apply('Transpose', [x], { perm })
  gather = (data: Value, indices: Value, axis = 0): Value => this.apply('Gather', [data, indices], { axis })
  argMax = (x: Value, axis: number): Value => this.apply('ArgMax', [x], { axis, keepdims: 0 })
  concat = (inputs: readonly Value[], axis: number): Value => this.apply('Concat', inputs, { axis })

  /** The `count` largest along one axis, the largest first, and their places along it, int64; of equal ones the first. */
  topK(x: Value, count: number, axis: number): { values: Value; places: Value } {
    const inputs = [x, this.constant('int64', [count])] as const
    const [values, places] = this.#node('TopK', inputs, { axis, count }, infer('TopK', inputs, { axis, count }))
    return { values, places }
  }

  /** `a @ b` over the last two axes, the others broadcast. */
  matmul(a: Value, b: Value): Value {
    return this.apply('MatMul', [a, b], {})
  }

  /** `alpha · op(a) @ op(b)` over the last two axes, where op transposes if asked. */
  fusedMatmul(a: Value, b: Value, options: { transA?: boolean; transB?: boolean; alpha?: number } = {}): Value {
    const { transA = false, transB = false, alpha = 1 } = options
    if (this.dialect.fusedMatmul) {
      return this.apply('FusedMatMul', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha })
    }
    const y = this.matmul(transA ? this.#swapped(a) : a, transB ? this.#swapped(b) : b)
    return alpha === 1 ? y : this.mul(y, this.scalar(alpha))
  }

  /** `alpha · op(a) @ op(b) + beta · c` on matrices. */
  gemm(
    a: Value,
    b: Value,
    options: { transA?: boolean; transB?: boolean; alpha?: number; beta?: number; c?: Value } = {},
  ): Value {
    const { transA = false, transB = false, alpha = 1, beta = 1, c } = options
    const swapsFirst = this.dialect.transposesFirst && c === undefined && transB && !transA && isSmall(b)
    if (swapsFirst) return this.#productOfTransposed(a, b, alpha)
    if (this.#fewRows && this.dialect.packsSecond && c === undefined && transB && !transA) {
      return this.#swapped(this.apply('Gemm', [b, a], { transA: 0, transB: 1, alpha, beta }))
    }
    // Products of fewer columns would be rounded otherwise: onnxruntime then takes sums in longer blocks.
    const keepsRounding = Number(b.shape[transB ? 0 : 1]) > 64
    if (transA && keepsRounding && Number(a.shape[1]) >= this.dialect.transposesWide) {
      return this.gemm(this.#swapped(a), b, { ...options, transA: false })
    }
    const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha, beta } as const
    return this.apply('Gemm', c ? [a, b, c] : [a, b], attributes)
  }

  reduceSum(x: Value, axes: readonly number[], keepdims: boolean): Value {
    return this.#reduce('ReduceSum', x, axes, keepdims)
  }

  reduceMean(x: Value, axes: readonly number[], keepdims: boolean): Value {
    return this.#reduce('ReduceMean', x, axes, keepdims)
  }

  /** The sum of squares. */
  reduceSumSquare(x: Value, axes: readonly number[], keepdims: boolean): Value {
    return this.#reduce('ReduceSumSquare', x, axes, keepdims)
  }

  reduceMax(x: Value, axes: readonly number[], keepdims: boolean): Value {
    return this.#reduce('ReduceMax', x, axes, keepdims)
  }

  /**
   * Reshapes to extents of which at most one is not a number; `-1` stands for what is left.
   * For a shape with several symbols use {@link reshapeLike}.
   */
  reshape(x: Value, shape: Shape): Value {
    const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : -1))
    if (sizes.filter((size) => size === -1).length > 1) {
      throw new RangeError(`Cannot reshape ${spell(x)} to [${shape}] as more than one extent is unknown`)
    }
    if (sameShape(reshaped(x.shape, shape), x.shape)) return x
    return this.apply('Reshape', [x, this.constant('int64', sizes)], { shape })
  }

  /** Reshapes to the shape of `like`. */
  reshapeLike(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x
    if (like.shape.filter((dim) => typeof dim !== 'number').length < 2) return this.reshape(x, like.shape)
    return this.apply('Reshape', [x, this.shapeOf(like)], { shape: like.shape })
  }

  unsqueeze(x: Value, axes: readonly number[]): Value {
    return this.apply('Unsqueeze', [x, this.constant('int64', axes)], { axes })
  }

  /** Repeats `x` along axes of extent 1 up to the shape of `like`. */
  expandLike(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x
    if (!sameShape(broadcast(x.shape, like.shape), like.shape)) {
      throw new RangeError(`Cannot expand ${spell(x)} to the shape of ${spell(like)}`)
    }
    return this.apply('Expand', [x, this.shapeOf(like)], {}, [{ type: x.type, shape: like.shape }])
  }

  /**
   * `x[begin : end]` along one axis; `begin` and `end` are int64 [1] and counted from the front, 0 ≤ begin ≤ end ≤ the axis's extent;
   * `extent` is their distance.
   */
  slice(x: Value, axis: number, begin: Value, end: Value, extent: Dim): Value {
    const at = normalAxis(x, axis)
    const [first] = this.#dataOf(begin) ?? []
    const [last] = this.#dataOf(end) ?? []
    const stated = first === undefined || last === undefined || last - first === extent
    const outside = Math.min(first ?? 0, last ?? 0) < 0 || Math.max(first ?? 0, last ?? 0) > Number(x.shape[at])
    if (!stated || outside) {
      throw new RangeError(`Cannot slice ${extent} from ${first} to ${last} along axis ${at} of ${spell(x)}`)
    }
    const shape = x.shape.map((dim, other) => (other === at ? extent : dim))
    return this.apply('Slice', [x, begin, end, this.constant('int64', [at])], { axis: at }, [{ type: x.type, shape }])
  }

  /** Puts `x` at position `begin` of a zero tensor that is shaped like `like` along `axis`; the inverse of {@link slice}. */
  padLike(x: Value, axis: number, begin: Value, like: Value): Value {
    const at = normalAxis(x, axis)
    const after = this.sub(this.sub(this.extentOf(like, at), begin), this.extentOf(x, at))
    const pads = this.concat([begin, after], 0)
    const inputs = [x, pads, this.scalar(0), this.constant('int64', [at])] as const
    const shape = x.shape.map((dim, other) => (other === at ? like.shape[at]! : dim))
    return this.apply('Pad', inputs, { axis: at }, [{ type: x.type, shape }])
  }

  /** The run-time shape of `x`, int64 [rank]. */
  shapeOf(x: Value): Value {
    const known = this.#shapes.get(x)
    if (known) return known
    const fixed = x.shape.every((dim) => typeof dim === 'number')
    const shape = fixed ? this.constant('int64', x.shape) : this.apply('Shape', [x], {})
    this.#shapes.set(x, shape)
    return shape
  }

  /** The run-time extent of one axis, int64 [1]. */
  extentOf(x: Value, axis: number): Value {
    const dim = x.shape[axis]!
    if (typeof dim === 'number') return this.constant('int64', [dim])
    return this.gather(this.shapeOf(x), this.constant('int64', [axis]))
  }

  /** Adds `updates` into `data` at `indices` along `axis`; repeated indices add up. */
  scatterAdd(data: Value, indices: Value, updates: Value, axis: number): Value {
    return this.apply('ScatterElements', [data, indices, updates], { axis, reduction: 'add' })
  }

  gatherElements(data: Value, indices: Value, axis: number): Value {
    return this.apply('GatherElements', [data, indices], { axis })
  }

  /** A zero tensor with the shape of `like`. */
  zerosLike(like: Value): Value {
    const rank = like.shape.length
    return this.expandLike(this.constant('float', [0], new Array(rank).fill(1)), like)
  }

  /**
   * RMS normalisation: `y = x · scale / sqrt(mean(x²) + epsilon)` over the last axis, without mean and bias.
   *
   * @returns the normalised tensor and `1 / sqrt(mean(x²) + epsilon)` [..., 1], of which not every dialect may make use
   */
  rmsNorm(x: Value, scale: Value, epsilon: number): { y: Value; inverseRms: Value } {
    const types = infer('SimplifiedLayerNormalization', [x, scale], { epsilon })
    const [y, inverseRms] = this.#node('SimplifiedLayerNormalization', [x, scale], { epsilon }, types)
    return { y, inverseRms }
  }

  /**
   * Builds nodes whose gradient is given as a whole.
   *
   * @param inputs the values that cotangents are wanted for; the result's dependence on any other value is not differentiated
   * @param build makes the nodes and returns their one result; `gradients` refuses to go through any other value that it makes
   * @param gradient called while a reverse pass is built, at most once a pass
   */
  withGradient(
    inputs: readonly Value[],
    build: () => Value,
    gradient: (cotangent: Value) => readonly (Value | null)[],
  ): Value {
    this.#groupDepth++
    try {
      const before = this.nodes.length
      const output = build()
      const made = this.nodes.slice(before).flatMap((node) => node.outputs)
      if (!made.includes(output)) throw new Error(`Cannot give a gradient to ${spell(output)} as it is no new value`)
      const hidden = made.filter((value) => value !== output)
      if (this.#groupDepth === 1) this.tape.push({ kind: 'group', group: { inputs, output, hidden, gradient } })
      return output
    } finally {
      this.#groupDepth--
    }
  }

  /** `alpha · a @ bᵀ` with bᵀ made first, and with the gradient of a Gemm. */
  #productOfTransposed(a: Value, b: Value, alpha: number): Value {
    return this.withGradient(
      [a, b],
      () => this.gemm(a, this.#swapped(b), { alpha }),
      (ct) => [this.gemm(ct, b, { alpha }), this.gemm(ct, a, { transA: true, alpha })],
    )
  }

  /** A float tensor as uint8 with its scale and zero point: `x ≈ (y - zero) · scale`. */
  quantize(x: Value): { y: Value; scale: Value; zero: Value } {
    const types = infer('DynamicQuantizeLinear', [x], {})
    const [y, scale, zero] = this.#node('DynamicQuantizeLinear', [x], {}, types)
    return { y, scale, zero }
  }

  /** Adds a node like one of another graph, over values of this one. */
  copy({ op, attributes, outputs }: GraphNode, inputs: readonly Value[]): readonly Value[] {
    return this.#node(op, inputs as OpInputs[OpName], attributes, outputs)
  }

  /** With the last two axes in each other's place. */
  #swapped(x: Value): Value {
    const axes = x.shape.map((_, axis) => axis)
    return this.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
  }

  #node<K extends OpName>(
    op: K,
    inputs: OpInputs[K],
    attributes: OpAttributes[K],
    types: OpOutputs<K, OutputType>,
  ): OpOutputs<K> {
    const make = ({ type, shape }: OutputType): Value => ({ name: this.#fresh(op.toLowerCase()), type, shape })
    const outputs = types.map(make) as readonly Value[] as OpOutputs<K>
    const node: GraphNode<K> = { op, inputs, outputs, attributes }
    this.nodes.push(node)
    if (this.#groupDepth === 0) this.tape.push({ kind: 'node', node })
    return outputs
  }

  #reduce(op: Reduction, x: Value, axes: readonly number[], keepdims: boolean): Value {
    if (axes.length === 0) return x // ONNX would reduce all axes
    return this.apply(op, [x, this.constant('int64', axes)], { axes, keepdims: keepdims ? 1 : 0 })
  }

  /** The numbers of a constant. */
  #dataOf(value: Value): readonly number[] | undefined {
    return this.constants.find((constant) => constant.value === value)?.data
  }

  #fresh(prefix: string): string {
    let name: string
    do name = `${prefix}_${this.#nextId++}`
    while (this.#names.has(name))
    this.#names.add(name)
    return name
  }
}

/** A matrix that is transposed in far less time than it is multiplied. */
function isSmall({ shape }: Value): boolean {
  const elements = product(shape)
  return typeof elements === 'number' && elements <= 2 ** 23
}

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare' | 'ReduceMax'

/** The extent that parts have together along one axis. */
export function joinedExtent(parts: readonly Value[], axis: number): Dim {
  return sum(parts.map((part) => part.shape[axis]!))
}
