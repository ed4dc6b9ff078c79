import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { GraphBuilder } from '../../src/graph/builder.ts'
import type { Dim, Shape } from '../../src/graph/dim.ts'
import type { ElementType } from '../../src/graph/ops.ts'
import { serialize } from '../../src/graph/serialize.ts'

/** A tensor as tests write it: plain numbers, row-major. */
export interface PlainTensor {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

export type Feeds = Readonly<Record<string, PlainTensor>>

/** What onnxruntime returned for one output. */
export interface Fetched extends PlainTensor {
  readonly type: ElementType
}

export interface LoadedGraph {
  readonly run: (feeds: Feeds) => Promise<Record<string, Fetched>>
  readonly release: () => Promise<void>
}

/** Serialises a graph and loads it into onnxruntime, with the default optimisations on one thread. */
export async function loadGraph(g: GraphBuilder): Promise<LoadedGraph> {
  const session = await InferenceSession.create(serialize(g), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    // As the product's sessions: onnxruntime asks only the first session of a process how its thread computes.
    extra: { session: { set_denormal_as_zero: '1' } },
  })
  const run = async (feeds: Feeds): Promise<Record<string, Fetched>> => {
    const tensors = Object.fromEntries(
      g.inputs.map(({ name, type }) => {
        const feed = feeds[name]
        if (!feed) throw new Error(`Cannot run the graph without input "${name}"`)
        return [name, toTensor(type, feed)]
      }),
    )
    const results = await session.run(tensors)
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromTensor(tensor)]))
  }
  return { run, release: () => session.release() }
}

/** Runs a graph once. */
export async function runGraph(g: GraphBuilder, feeds: Feeds): Promise<Record<string, Fetched>> {
  const loaded = await loadGraph(g)
  try {
    return await loaded.run(feeds)
  } finally {
    await loaded.release()
  }
}

/** The number that a dim is when its symbols are bound: `extent('2*(N+1)', { N: 3 })` is 8. */
export function extent(dim: Dim, symbols: Readonly<Record<string, number>>): number {
  const tokens = String(dim).match(/[()*+]|[^()*+]+/g) ?? []
  const take = (token: string): boolean => tokens[0] === token && tokens.shift() !== undefined
  const total = (): number => {
    let value = term()
    while (take('+')) value += term()
    return value
  }
  const term = (): number => {
    let value = factor()
    while (take('*')) value *= factor()
    return value
  }
  const factor = (): number => {
    if (take('(')) {
      const value = total()
      if (!take(')')) throw new Error(`Cannot read dim "${dim}"`)
      return value
    }
    const token = tokens.shift()!
    const value = Object.hasOwn(symbols, token) ? symbols[token]! : Number(token)
    if (!Number.isInteger(value)) throw new Error(`Cannot bind "${token}" of dim "${dim}"`)
    return value
  }
  const value = total()
  if (tokens.length > 0) throw new Error(`Cannot read dim "${dim}"`)
  return value
}

/** {@link extent} of every axis. */
export function extents(shape: Shape, symbols: Readonly<Record<string, number>>): number[] {
  return shape.map((dim) => extent(dim, symbols))
}

function toTensor(type: ElementType, { shape, data }: PlainTensor): Tensor {
  switch (type) {
    case 'float':
      return new Tensor('float32', Float32Array.from(data), shape)
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(data, BigInt), shape)
    case 'int32':
      return new Tensor('int32', Int32Array.from(data), shape)
    case 'uint8':
      return new Tensor('uint8', Uint8Array.from(data), shape)
    case 'bool':
      return new Tensor('bool', Uint8Array.from(data), shape)
    case 'float16':
      throw new TypeError('Cannot feed float16: cast a float in the graph')
  }
}

function fromTensor({ type, dims, data }: Tensor): Fetched {
  if (type === 'string') throw new TypeError('Cannot read a tensor of strings')
  const plain = Array.from(data as ArrayLike<number | bigint | boolean>, Number)
  return { type: type === 'float32' ? 'float' : (type as ElementType), shape: dims, data: plain }
}
