import { GraphBuilder } from '../graph/builder.ts'
import { type FileGraph, type FileTensor, type TensorPart, zeroByte } from '../graph/file-tensor.ts'
import type { GraphNode, Value } from '../graph/ops.ts'
import { reachable } from '../graph/serialize.ts'
import type { WeightedGraph } from '../graph/weighted-graph.ts'

/**
 * The same graph with its matrices as bytes, quantised as `DynamicQuantizeLinear` does: `x Wᵀ` becomes a product of integers,
 * whose left side is quantised anew in each run, and a row that is looked up becomes float when it has been. Bytes are unsigned:
 * products of signed ones overflow on processors without VNNI.
 */
export function quantizeGraph({ graph, parameters }: WeightedGraph): FileGraph {
  return new Quantizer(graph, new Set(parameters)).rewritten()
}

/** The graph as it is, each parameter held whole. */
export function wholeGraph({ graph, parameters }: WeightedGraph): FileGraph {
  const inputs = new Map(graph.inputs.map((value) => [value.name, value]))
  return { graph, held: parameters.map((name) => fileTensor(inputs.get(name)!, name, 'whole')) }
}

class Quantizer {
  readonly #old: GraphBuilder
  readonly #parameters: ReadonlySet<string>
  readonly #g: GraphBuilder
  readonly #values = new Map<Value, Value>()
  readonly #held = new Map<string, { input: Value; tensor: FileTensor }>()
  readonly #quantized = new Map<Value, { y: Value; scale: Value; zero: Value }>()

  constructor(old: GraphBuilder, parameters: ReadonlySet<string>) {
    this.#old = old
    this.#parameters = parameters
    this.#g = new GraphBuilder(old.dialect)
  }

  rewritten(): FileGraph {
    const g = this.#g
    for (const value of this.#old.inputs) {
      if (!this.#parameters.has(value.name)) this.#values.set(value, g.input(value.name, value.type, value.shape))
    }
    for (const { value, data } of this.#old.constants) {
      this.#values.set(value, g.constant(value.type, data, value.shape))
    }
    for (const node of reachable(this.#old).nodes) {
      const made =
        this.#matrixNode(node) ??
        g.copy(
          node,
          node.inputs.map((input) => this.#valueOf(input)),
        )
      node.outputs.forEach((output, at) => {
        this.#values.set(output, made[at]!)
      })
    }
    for (const { name, value } of this.#old.outputs) g.output(name, this.#valueOf(value))
    return { graph: g, held: [...this.#held.values()].map(({ tensor }) => tensor) }
  }

  /** What takes the place of a node over a matrix, if there is anything. */
  #matrixNode(node: GraphNode): readonly Value[] | undefined {
    const [first, second] = node.inputs as readonly Value[]
    if (node.op === 'Gather' && this.#isMatrix(first)) return [this.#rows(first, this.#valueOf(second!))]
    const { transA, transB, alpha } = node.attributes as Partial<GraphNode<'Gemm'>['attributes']>
    const isPlain = node.op === 'Gemm' && node.inputs.length === 2 && transA === 0 && transB === 1 && alpha === 1
    return isPlain && this.#isMatrix(second) ? [this.#product(this.#valueOf(first!), second)] : undefined
  }

  #isMatrix(value: Value | undefined): value is Value {
    return value !== undefined && this.#parameters.has(value.name) && value.shape.length === 2
  }

  #rows(table: Value, ids: Value): Value {
    const g = this.#g
    const bytes = g.cast(g.gather(this.#part(table, 'bytes'), ids), 'float')
    return g.mul(g.sub(bytes, g.scalar(zeroByte)), g.unsqueeze(g.gather(this.#part(table, 'scales'), ids), [-1]))
  }

  #product(x: Value, weight: Value): Value {
    const g = this.#g
    const { y, scale, zero } = this.#quantizedOf(x)
    const turned = this.#part(weight, 'turned-bytes')
    const sums = g.apply('MatMulInteger', [y, turned, zero, g.constant('uint8', [zeroByte], [])], {})
    return g.mul(g.cast(sums, 'float'), g.mul(scale, this.#part(weight, 'scales')))
  }

  /** Several matrices take the same activations. */
  #quantizedOf(x: Value): { y: Value; scale: Value; zero: Value } {
    const known = this.#quantized.get(x) ?? this.#g.quantize(x)
    this.#quantized.set(x, known)
    return known
  }

  #valueOf(old: Value): Value {
    return this.#values.get(old) ?? this.#part(old, 'whole')
  }

  #part(parameter: Value, part: TensorPart): Value {
    const name = part === 'whole' ? parameter.name : `${parameter.name}_${part.replace('-', '_')}`
    const known = this.#held.get(name)
    if (known !== undefined) return known.input
    const tensor = fileTensor(parameter, name, part)
    const input = this.#g.input(name, tensor.type, tensor.shape)
    this.#held.set(name, { input, tensor })
    return input
  }
}

function fileTensor({ name: parameter, shape }: Value, name: string, part: TensorPart): FileTensor {
  const dims = shape as readonly number[]
  const type = part === 'bytes' || part === 'turned-bytes' ? 'uint8' : 'float'
  const held = part === 'turned-bytes' ? dims.toReversed() : part === 'scales' ? dims.slice(0, 1) : dims
  return { name, parameter, part, type, shape: held }
}
