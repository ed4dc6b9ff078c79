import type { Constant, GraphBuilder } from './builder.ts'
import { GraphProto, ModelProto } from './onnx-schema.ts'
import { contribOps, type ElementType, type GraphNode, type OpAttributes, type OpName, type Value } from './ops.ts'

const irVersion = 10
/** The operator set that the graphs are written against; onnxruntime 1.20 and later read it. */
const opset = 21

type OnnxAttribute = number | string | readonly number[] | { readonly float: number }
type AttributeRule<K extends OpName> = (attributes: OpAttributes[K]) => Readonly<Record<string, OnnxAttribute>>

const none = (): Record<string, never> => ({})

/** Which attributes ONNX wants in the node. Those that ONNX takes as an input (axes, shape) are inputs already. */
const attributeRules: { readonly [K in OpName]: AttributeRule<K> } = {
  Add: none,
  Sub: none,
  Mul: none,
  Div: none,
  Neg: none,
  Sqrt: none,
  Reciprocal: none,
  Exp: none,
  Log: none,
  Tanh: none,
  Sigmoid: none,
  Erf: none,
  Relu: none,
  Gelu: ({ approximate }) => ({ approximate }),
  QuickGelu: ({ alpha }) => ({ alpha: { float: alpha } }),
  Identity: none,
  Cast: ({ to }) => ({ to: dataType[to] }),
  MatMul: none,
  FusedMatMul: ({ transA, transB, alpha }) => ({ transA, transB, alpha: { float: alpha } }),
  Gemm: ({ transA, transB, alpha, beta }) => ({ transA, transB, alpha: { float: alpha }, beta: { float: beta } }),
  Softmax: ({ axis }) => ({ axis }),
  LogSoftmax: ({ axis }) => ({ axis }),
  ReduceSum: ({ keepdims }) => ({ keepdims }),
  ReduceMean: ({ keepdims }) => ({ keepdims }),
  ReduceSumSquare: ({ keepdims }) => ({ keepdims }),
  ReduceMax: ({ keepdims }) => ({ keepdims }),
  ArgMax: ({ axis, keepdims }) => ({ axis, keepdims }),
  TopK: ({ axis }) => ({ axis, largest: 1, sorted: 1 }),
  Gather: ({ axis }) => ({ axis }),
  GatherElements: ({ axis }) => ({ axis }),
  ScatterElements: ({ axis, reduction }) => ({ axis, reduction }),
  ScatterND: none,
  // An extent of 0 is an empty batch, not "copy this extent from the input".
  Reshape: () => ({ allowzero: 1 }),
  Unsqueeze: none,
  Expand: none,
  Transpose: ({ perm }) => ({ perm }),
  Concat: ({ axis }) => ({ axis }),
  Slice: none,
  Pad: none,
  Shape: none,
  Size: none,
  Equal: none,
  Where: none,
  SimplifiedLayerNormalization: ({ epsilon }) => ({ axis: -1, epsilon: { float: epsilon }, stash_type: 1 }),
  Range: none,
  Clip: none,
  DynamicQuantizeLinear: none,
  MatMulInteger: none,
}

/** ONNX's numbers of element types. */
export const dataType: Readonly<Record<ElementType, number>> = {
  float: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
}

/**
 * Writes a graph as an ONNX model (protobuf bytes, IR version 10, opset 21 and `com.microsoft` 1).
 * Nodes and constants that no output needs are left out.
 *
 * @param noTensor the name of a first output besides, an empty sequence
 */
export function serialize(g: GraphBuilder, name = 'graph', noTensor?: string): Uint8Array {
  const graph = graphMessage(g, name)
  if (noTensor !== undefined) {
    graph.node.push({ output: [noTensor], name: noTensor, opType: 'SequenceEmpty' })
    graph.output.unshift({ name: noTensor, type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } })
  }
  return encoded(ModelProto, { ...modelMessage, graph })
}

/**
 * The two parts of a model whose graph goes on behind them with tensors: all but the graph, and the graph without those inputs.
 *
 * @param held inputs that the tensors hold
 */
export function serializeHead(
  g: GraphBuilder,
  name: string,
  held: ReadonlySet<string>,
): { readonly model: Uint8Array; readonly graph: Uint8Array } {
  const { input, ...rest } = graphMessage(g, name)
  const open = g.inputs.flatMap(({ name: inputName }, at) => (held.has(inputName) ? [] : [input[at]!]))
  return { model: encoded(ModelProto, modelMessage), graph: encoded(GraphProto, { ...rest, input: open }) }
}

const modelMessage = {
  irVersion,
  producerName: 'reteach',
  opsetImport: [
    { domain: '', version: opset },
    { domain: 'com.microsoft', version: 1 },
  ],
}

function encoded(type: typeof ModelProto, message: object): Uint8Array {
  return type.encode(type.fromObject(message)).finish()
}

function graphMessage(g: GraphBuilder, name: string): GraphMessage {
  const { nodes, used } = reachable(g)
  const renamed = new Map(g.outputs.map(({ name: outputName, value }) => [value.name, outputName]))
  const taken = g.outputs.filter(({ value }) => renamed.get(value.name) !== undefined)
  const produced = new Set(nodes.flatMap((node) => node.outputs.map((output) => output.name)))
  // An output that is an input, a constant, or a second name of one value needs a node of its own.
  const aliases = taken.filter(
    ({ name: outputName, value }) => renamed.get(value.name) !== outputName || !produced.has(value.name),
  )
  const aliased = new Set(aliases.map(({ name: outputName }) => outputName))
  const spelled = (value: Value): string => {
    const outputName = renamed.get(value.name)
    return outputName !== undefined && !aliased.has(outputName) ? outputName : value.name
  }
  const isInner = (value: Value): boolean =>
    spelled(value) === value.name && value.shape.some((extent) => typeof extent === 'string')
  return {
    name,
    node: [
      ...inOrder(nodes).map((node) => nodeMessage(node, spelled)),
      ...aliases.map(({ name: outputName, value }) => ({
        input: [spelled(value)],
        output: [outputName],
        name: `alias_${outputName}`,
        opType: 'Identity',
      })),
    ],
    initializer: g.constants.filter(({ value }) => used.has(value)).map(tensorMessage),
    input: g.inputs.map((value) => valueInfo(value.name, value)),
    output: g.outputs.map(({ name: outputName, value }) => valueInfo(outputName, value)),
    // onnxruntime loses symbols at a Reshape, and takes a new buffer for a result that it cannot tell to be as large as an operand.
    valueInfo: nodes.flatMap((node) => node.outputs.filter(isInner).map((value) => valueInfo(value.name, value))),
  }
}

/** As `GraphProto` takes it. */
interface GraphMessage {
  readonly name: string
  readonly node: object[]
  readonly initializer: object[]
  readonly input: object[]
  readonly output: object[]
  readonly valueInfo: object[]
}

/**
 * The nodes in the order in which a model holds them: those that no other node reads from at the end, the one whose operands are
 * there first last; at the beginning those that make something of inputs alone in a pass or two.
 *
 * onnxruntime goes through such nodes from the last one backwards, and computes for each what it still lacks. In building order
 * it would make the gradients of weights after all that the reverse pass makes, and keep every activation until then; so a
 * weight's gradient follows at once on what it is made of. Of a node's operands it makes the one that stands later first: in
 * building order all dropout masks would become float32 before anything else is made.
 */
export function emittedNodes(g: GraphBuilder): readonly GraphNode[] {
  return inOrder(reachable(g).nodes)
}

/** @param nodes all that outputs need, in building order */
function inOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const read = new Set<Value>(nodes.flatMap(({ inputs }) => inputs))
  const places = new Map<Value, number>()
  const inner: GraphNode[] = []
  const leaves: { readonly node: GraphNode; readonly ready: number }[] = []
  nodes.forEach((node, at) => {
    for (const output of node.outputs) places.set(output, at)
    if (node.outputs.some((output) => read.has(output))) inner.push(node)
    else leaves.push({ node, ready: Math.max(...node.inputs.map((input) => places.get(input) ?? -1)) })
  })
  leaves.sort((a, b) => a.ready - b.ready)
  return [...preparedFirst(inner), ...leaves.reverse().map(({ node }) => node)]
}

function preparedFirst(nodes: readonly GraphNode[]): GraphNode[] {
  const made = new Set<Value>(nodes.flatMap(({ outputs }) => outputs))
  const [prepared, others]: [GraphNode[], GraphNode[]] = [[], []]
  for (const node of nodes) {
    const isPrepared = preparing.has(node.op) && !node.inputs.some((input) => made.has(input))
    if (isPrepared) for (const output of node.outputs) made.delete(output)
    ;(isPrepared ? prepared : others).push(node)
  }
  return [...prepared, ...others]
}

const preparing: ReadonlySet<OpName> = new Set<OpName>(['Cast', 'Mul', 'Reshape', 'Shape'])

/** The nodes that the outputs need, in building order, and every value that is read. */
export function reachable(g: GraphBuilder): { nodes: readonly GraphNode[]; used: ReadonlySet<Value> } {
  const used = new Set<Value>(g.outputs.map(({ value }) => value))
  const nodes: GraphNode[] = []
  for (const node of [...g.nodes].reverse()) {
    if (!node.outputs.some((output) => used.has(output))) continue
    for (const input of node.inputs) used.add(input)
    nodes.push(node)
  }
  return { nodes: nodes.reverse(), used }
}

function nodeMessage(node: GraphNode, spelled: (value: Value) => string): object {
  const rule = attributeRules[node.op] as AttributeRule<OpName>
  return {
    input: node.inputs.map(spelled),
    output: node.outputs.map(spelled),
    name: node.outputs[0]!.name,
    opType: node.op,
    attribute: Object.entries(rule(node.attributes)).map(([name, value]) => attributeMessage(name, value)),
    domain: contribOps.has(node.op) ? 'com.microsoft' : '',
  }
}

function attributeMessage(name: string, value: OnnxAttribute): object {
  if (typeof value === 'number') return { name, i: value, type: 'INT' }
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 'STRING' }
  if ('float' in value) return { name, f: value.float, type: 'FLOAT' }
  return { name, ints: value, type: 'INTS' }
}

function tensorMessage({ value, data }: Constant): object {
  if (value.type === 'float16') throw new Error(`Cannot write "${value.name}" as a constant: cast a float to float16`)
  const raw =
    value.type === 'int64'
      ? BigInt64Array.from(data, (x) => BigInt(x))
      : value.type === 'float'
        ? Float32Array.from(data)
        : value.type === 'int32'
          ? Int32Array.from(data)
          : Uint8Array.from(data)
  return {
    dims: value.shape,
    dataType: dataType[value.type],
    name: value.name,
    rawData: new Uint8Array(raw.buffer),
  }
}

function valueInfo(name: string, { type, shape }: Value): object {
  const dim = shape.map((extent) => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent }))
  return { name, type: { tensorType: { elemType: dataType[type], shape: { dim } } } }
}
