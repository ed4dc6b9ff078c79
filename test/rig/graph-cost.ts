import type { GraphBuilder } from '../../src/graph/builder.ts'
import type { ElementType, GraphNode, OpName, Value } from '../../src/graph/ops.ts'
import { emittedNodes } from '../../src/graph/serialize.ts'
import { elementCount } from '../../src/graph/tensor.ts'
import { extents } from './run-graph.ts'

/** What a run of a graph costs, counted and not timed. */
export interface GraphCost {
  readonly nodes: number
  /** Of all results, also those that are written where an operand stood. */
  readonly writtenBytes: number
  /** The most that inner values take at any time; inputs, constants and outputs lie elsewhere. */
  readonly peakBytes: number
}

/**
 * Goes through a graph as onnxruntime does: from the last node that no other reads backwards, each operand's node before,
 * those of a higher number first; a buffer is free after its last reader, or is taken over by its result. Whatever onnxruntime
 * fuses or leaves out is counted as it stands.
 */
export function graphCost(g: GraphBuilder, symbols: Readonly<Record<string, number>>): GraphCost {
  const nodes = inOrder(emittedNodes(g))
  const bytes = ({ type, shape }: Value): number => elementBytes[type] * elementCount(extents(shape, symbols))
  const outside = new Set(g.outputs.map(({ value }) => value))
  const readers = new Map<Value, number>()
  for (const input of nodes.flatMap(({ inputs }) => inputs)) readers.set(input, (readers.get(input) ?? 0) + 1)
  const buffers = new Map<Value, Buffer>()
  const cost = { nodes: nodes.length, writtenBytes: 0, peakBytes: 0 }
  let held = 0
  for (const { op, inputs, outputs } of nodes) {
    for (const output of outputs) {
      const size = bytes(output)
      if (!aliases.has(op)) cost.writtenBytes += size
      if (outside.has(output)) continue
      const operand = inputs.find((input) => takesOver(op, buffers.get(input), size, inputs))
      const buffer = (operand && buffers.get(operand)) ?? { size, readers: 0 }
      if (!operand) held += size
      buffer.readers += readers.get(output) ?? 0
      buffers.set(output, buffer)
      cost.peakBytes = Math.max(cost.peakBytes, held)
      if (buffer.readers === 0) held -= size
    }
    for (const buffer of inputs.flatMap((input) => buffers.get(input) ?? [])) {
      if (--buffer.readers === 0) held -= buffer.size
    }
  }
  return cost

  function takesOver(op: OpName, buffer: Buffer | undefined, size: number, inputs: readonly Value[]): boolean {
    if (!buffer) return false
    if (aliases.has(op)) return true
    const isLast = buffer.readers === inputs.filter((input) => buffers.get(input) === buffer).length
    return inPlace.has(op) && isLast && buffer.size === size
  }
}

interface Buffer {
  readonly size: number
  /** Reads that are still to come. */
  readers: number
}

const aliases: ReadonlySet<OpName> = new Set(['Reshape', 'Unsqueeze', 'Identity'])
const inPlace: ReadonlySet<OpName> = new Set([
  ...(['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Sqrt', 'Reciprocal', 'Exp', 'Log', 'Tanh', 'Sigmoid', 'Relu'] as const),
  'ScatterElements',
])
const elementBytes: Readonly<Record<ElementType, number>> = {
  float: 4,
  float16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
}

/** The order of onnxruntime's `Graph::ReverseDFSFrom`. */
function inOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const maker = new Map(nodes.flatMap((node, at) => node.outputs.map((output) => [output, at] as const)))
  const read = new Set<Value>(nodes.flatMap(({ inputs }) => inputs))
  const stack = nodes.flatMap(({ outputs }, at) =>
    outputs.some((output) => read.has(output)) ? [] : [{ at, done: false }],
  )
  const seen = new Set<number>()
  const order: GraphNode[] = []
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { at, done } = entry
    if (done) order.push(nodes[at]!)
    if (done || seen.has(at)) continue
    seen.add(at)
    stack.push({ at, done: true })
    const makers = nodes[at]!.inputs.flatMap((input) => maker.get(input) ?? [])
    for (const next of [...new Set(makers)].sort((a, b) => a - b))
      if (!seen.has(next)) stack.push({ at: next, done: false })
  }
  return order
}
