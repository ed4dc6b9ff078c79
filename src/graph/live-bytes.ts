import type { GraphBuilder } from './builder.ts'
import { boundDim, type Dim, product, sameShape, termOf } from './dim.ts'
import { elementBytes, type GraphNode, type OpName, type Value } from './ops.ts'
import { emittedNodes } from './serialize.ts'

/**
 * The memory that a graph's values take as onnxruntime runs it on the processor, inputs, constants and outputs that are given
 * their memory aside: each lives from the node that makes it to the last that reads it, in onnxruntime's order, and lies in an
 * operand's place where onnxruntime puts it there.
 */
export class LiveBytes {
  readonly #order: readonly GraphNode[]
  /** What lives while a node runs, by the place of the node; only those that are the most for some extents. */
  readonly #moments: readonly Moment[]

  /** @param given outputs that the caller gives memory for */
  constructor(g: GraphBuilder, given: ReadonlySet<string>) {
    this.#order = runOrder(emittedNodes(g))
    this.#moments = withoutLesser(momentsOf(this.#order, placesOf(this.#order, g, given)))
  }

  /** The most bytes at once. @param extents the run's value of each symbol */
  most(extents: Readonly<Record<string, number>>): number {
    return this.#moments.reduce((most, { terms }) => Math.max(most, bytesOf(terms, extents)), 0)
  }

  /** The moment of the most bytes: the node that runs, and what lives then with its bytes, largest first. */
  fullest(extents: Readonly<Record<string, number>>): {
    readonly node: GraphNode
    readonly values: readonly (readonly [value: Value, bytes: number])[]
  } {
    const { at, live } = this.#moments.reduce((a, b) => (bytesOf(b.terms, extents) > bytesOf(a.terms, extents) ? b : a))
    const values = live.map((value) => [value, valueBytes(value, extents)] as const)
    return { node: this.#order[at]!, values: values.sort(([, a], [, b]) => b - a) }
  }
}

/** Bytes by the products of symbols that they grow with. */
type Terms = ReadonlyMap<Dim, number>

interface Moment {
  readonly at: number
  readonly live: readonly Value[]
  readonly terms: Terms
}

/** The order of onnxruntime's `Graph::ReverseDFSFrom`: from the last node that nobody reads, its operands' nodes before it, the later first. */
function runOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const makers = new Map<Value, number>()
  nodes.forEach(({ outputs }, at) => {
    for (const output of outputs) makers.set(output, at)
  })
  const makersOf = ({ inputs }: GraphNode): number[] =>
    [...new Set(inputs.flatMap((input) => makers.get(input) ?? []))].sort((a, b) => a - b)
  const isRead = new Set(nodes.flatMap(makersOf))
  const open = nodes.flatMap((_, at) => (isRead.has(at) ? [] : [{ at, isLeft: false }]))
  const seen = new Set<number>()
  const order: GraphNode[] = []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at, isLeft } = next
    if (isLeft) order.push(nodes[at]!)
    if (isLeft || seen.has(at)) continue
    seen.add(at)
    open.push({ at, isLeft: true })
    for (const maker of makersOf(nodes[at]!)) if (!seen.has(maker)) open.push({ at: maker, isLeft: false })
  }
  return order
}

/** Where values lie. */
interface Places {
  /** By value, the one in whose memory it lies: itself for most; none where nodes need not make any. */
  readonly homes: ReadonlyMap<Value, Value | undefined>
  /** By home, the place of the last node that reads anything in it. */
  readonly ends: ReadonlyMap<Value, number>
}

function placesOf(order: readonly GraphNode[], g: GraphBuilder, given: ReadonlySet<string>): Places {
  const lastReads = new Map<Value, number>()
  order.forEach(({ inputs }, at) => {
    for (const input of inputs) lastReads.set(input, at)
  })
  for (const { value } of g.outputs) lastReads.set(value, order.length)
  const homes = new Map<Value, Value | undefined>()
  for (const { name, value } of g.outputs) if (given.has(name)) homes.set(value, undefined)
  const ends = new Map<Value, number>()
  order.forEach((node, at) => {
    for (const value of node.outputs) {
      if (homes.has(value)) continue
      const home = lastReads.get(value) === order.length ? value : homeOf(node, at, value, { homes, ends, lastReads })
      homes.set(value, home)
      if (home !== undefined) ends.set(home, Math.max(ends.get(home) ?? at, lastReads.get(value) ?? at))
    }
  })
  return { homes, ends }
}

function homeOf(
  { op, inputs }: GraphNode,
  at: number,
  value: Value,
  { homes, ends, lastReads }: Places & { readonly lastReads: ReadonlyMap<Value, number> },
): Value | undefined {
  if (views.has(op)) return homes.get(inputs[0]!)
  const operand = inputs.slice(0, overwritable[op] ?? 0).find((input) => {
    const home = homes.get(input)
    return home !== undefined && lastReads.get(input) === at && ends.get(home) === at && isAsLarge(input, value)
  })
  return operand === undefined ? value : homes.get(operand)
}

function momentsOf(order: readonly GraphNode[], { homes, ends }: Places): Moment[] {
  const live = new Set<Value>()
  const terms = new Map<Dim, number>()
  const count = (value: Value, sign: 1 | -1): void => {
    const { coefficient, symbols } = termOf(bytesDim(value))
    terms.set(symbols, (terms.get(symbols) ?? 0) + sign * coefficient)
  }
  return order.map(({ inputs, outputs }, at) => {
    for (const value of outputs) {
      if (homes.get(value) !== value) continue
      live.add(value)
      count(value, 1)
    }
    const moment = { at, live: [...live], terms: new Map(terms) }
    for (const value of new Set([...inputs, ...outputs].map((each) => homes.get(each)))) {
      if (value !== undefined && ends.get(value) === at && live.delete(value)) count(value, -1)
    }
    return moment
  })
}

/** Those moments that no other has at least as much of everything as. */
function withoutLesser(moments: readonly Moment[]): readonly Moment[] {
  return moments.reduce<readonly Moment[]>((most, moment) => {
    if (most.some(({ terms }) => covers(terms, moment.terms))) return most
    return [...most.filter(({ terms }) => !covers(moment.terms, terms)), moment]
  }, [])
}

function covers(more: Terms, less: Terms): boolean {
  return [...less].every(([symbols, bytes]) => bytes <= (more.get(symbols) ?? 0))
}

function bytesOf(terms: Terms, extents: Readonly<Record<string, number>>): number {
  let bytes = 0
  for (const [symbols, coefficient] of terms) bytes += coefficient * boundDim(symbols, extents)
  return bytes
}

/** What a value takes in a run. */
export function valueBytes(value: Value, extents: Readonly<Record<string, number>>): number {
  return boundDim(bytesDim(value), extents)
}

function bytesDim({ type, shape }: Value): Dim {
  return product([elementBytes[type], ...shape])
}

function isAsLarge(a: Value, b: Value): boolean {
  return elementBytes[a.type] === elementBytes[b.type] && sameShape(a.shape, b.shape)
}

/** What gives its operand under another shape. */
export const views: ReadonlySet<OpName> = new Set<OpName>(['Reshape', 'Unsqueeze', 'Identity'])

/**
 * In how many of an operator's first operands onnxruntime's kernels for the processor may put the result.
 * Source: `MayInplace` in onnxruntime's core/providers/cpu.
 */
const overwritable: Readonly<Partial<Record<OpName, number>>> = {
  Add: 2,
  Sub: 2,
  Mul: 2,
  Div: 2,
  Neg: 1,
  Sqrt: 1,
  Reciprocal: 1,
  Exp: 1,
  Log: 1,
  Tanh: 1,
  Sigmoid: 1,
  Erf: 1,
  Relu: 1,
  Softmax: 1,
  Cast: 1,
  Clip: 1,
  ScatterElements: 1,
}
