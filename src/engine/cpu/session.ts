import * as ort from 'onnxruntime-node'
import type { GraphBuilder } from '../../graph/builder.ts'
import { boundDimIfKnown } from '../../graph/dim.ts'
import type { ElementType, Value } from '../../graph/ops.ts'
import { serialize } from '../../graph/serialize.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import { fromOrt, toOrt } from '../ort-tensor.ts'
import { GraphProducts } from './graph-products.ts'
import { canBeMarked, isUntouched, markUntouched } from './untouched.ts'

/**
 * An output that is no tensor, before all others. When a run is done, onnxruntime's binding (1.30) makes a new array of every output
 * and copies into it what was written, also where that lies in memory that the caller has given: a quarter of a gigabyte for the
 * gradients of Flan-T5-small in each pass. It gives up at the first output that it cannot copy, and leaves the others where they are.
 */
const noTensor = 'no_tensor'
/** What it says then. */
const givesUp = 'Non tensor type'

/** A graph made ready to run on the CPU. */
export class GraphSession {
  readonly #graph: GraphBuilder
  readonly #outputs: ReadonlyMap<string, Value>
  readonly #threads: number | undefined
  /** Where runs may take more threads. */
  readonly #more: { readonly most: number; readonly products: GraphProducts } | undefined
  /** By their threads. */
  readonly #sessions: Map<number | undefined, ort.InferenceSession>

  private constructor(graph: GraphBuilder, session: ort.InferenceSession, threads?: number, most = threads) {
    this.#graph = graph
    this.#outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]))
    this.#threads = threads
    this.#more = most === undefined || most === threads ? undefined : { most, products: new GraphProducts(graph) }
    this.#sessions = new Map([[threads, session]])
  }

  /**
   * @param threads inside one operator; default: as many as the machine has
   * @param most so many for runs of extents with which they come to the same bits
   */
  static async create(graph: GraphBuilder, threads?: number, most?: number): Promise<GraphSession> {
    return new GraphSession(graph, await GraphSession.#make(graph, threads), threads, most)
  }

  static #make(graph: GraphBuilder, threads: number | undefined): Promise<ort.InferenceSession> {
    const settings: ort.InferenceSession.SessionOptions = {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      // Extents change from batch to batch: glibc reuses blocks better than onnxruntime's arena does (see childEnvironment).
      enableCpuMemArena: false,
      enableMemPattern: false,
      logSeverityLevel: 3,
      // The softmax over a large vocabulary gives its unlikely pieces probabilities below 1.2e-38, and Intel processors multiply
      // such denormal numbers some hundred times slower than others. The thread that makes a process's first session
      // computes so from then on as well, the optimizer's kernel included; later sessions leave that thread as it is.
      extra: {
        session: { set_denormal_as_zero: '1' },
        // It would put transpose and product together where a graph has them apart for speed: see Dialect.transposesWide.
        optimization: { disable_specified_optimizers: 'GemmTransposeFusion' },
      },
    }
    if (threads !== undefined) settings.intraOpNumThreads = threads
    const model = serialize(graph, 'graph', noTensor)
    return ort.InferenceSession.create(model, settings)
  }

  /**
   * Runs the graph once.
   *
   * @param feeds every graph input
   * @param outputs the outputs wanted: a tensor to write into (its memory is reused), or `null` to get a new one
   */
  async run<K extends string>(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<K, Tensor | null>>,
  ): Promise<Record<K, Tensor>> {
    for (const { name } of this.#graph.inputs) {
      if (!feeds[name]) throw new Error(`Cannot run the graph without input "${name}"`)
    }
    const extents = this.#extentsOf(feeds)
    const session = await this.#sessionFor(extents)
    const places = this.#places(extents, outputs)
    const witness = places && witnessOf(places, feeds)
    if (!places || !witness) return await copied(session, feeds, outputs)
    markUntouched(witness)
    try {
      await session.run(inputsOf(session, feeds), { [noTensor]: null, ...recordOf(places, toOrt) })
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(givesUp))) throw error
    }
    if (isUntouched(witness)) throw new Error('Cannot trust a run of the graph that has written no output')
    return places
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
    this.#sessions.clear()
  }

  async #sessionFor(extents: Readonly<Record<string, number>>): Promise<ort.InferenceSession> {
    const threads = this.#more
      ? Math.max(this.#threads ?? 1, this.#more.products.equalThreads(extents, this.#more.most))
      : this.#threads
    const known = this.#sessions.get(threads)
    if (known) return known
    const session = await GraphSession.#make(this.#graph, threads)
    this.#sessions.set(threads, session)
    return session
  }

  /** Where each output is to be written, or nothing where its extents are not those of some inputs. */
  #places<K extends string>(
    extents: Readonly<Record<string, number>>,
    outputs: Readonly<Record<K, Tensor | null>>,
  ): Record<K, Tensor> | undefined {
    const places = {} as Record<K, Tensor>
    for (const name of Object.keys(outputs) as K[]) {
      const place = outputs[name] ?? roomFor(this.#outputs.get(name), extents)
      if (!place) return undefined
      places[name] = place
    }
    return places
  }

  /** What the symbols of inputs stand for in a run. */
  #extentsOf(feeds: Readonly<Record<string, Tensor>>): Record<string, number> {
    const extents: Record<string, number> = {}
    for (const { name, shape } of this.#graph.inputs) {
      shape.forEach((dim, axis) => {
        if (typeof dim === 'string') extents[dim] = feeds[name]!.dims[axis]!
      })
    }
    return extents
  }
}

/** New arrays for all that is not written into given ones. */
async function copied<K extends string>(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  outputs: Readonly<Record<K, Tensor | null>>,
): Promise<Record<K, Tensor>> {
  const results = await session.run(
    inputsOf(session, feeds),
    recordOf(outputs, (tensor) => (tensor ? toOrt(tensor) : null)),
  )
  const found = {} as Record<K, Tensor>
  for (const name of Object.keys(outputs) as K[]) found[name] = outputs[name] ?? fromOrt(results[name]!)
  return found
}

function inputsOf(session: ort.InferenceSession, feeds: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
  return Object.fromEntries(session.inputNames.map((name) => [name, toOrt(feeds[name]!)]))
}

/** An output that shares no memory with what goes in, so that it can be told whether it was written. */
function witnessOf(
  places: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, Tensor>>,
): Tensor | undefined {
  const read = new Set(Object.values(feeds).map(({ data: { buffer } }) => buffer))
  return Object.values(places).find((place) => canBeMarked(place) && !read.has(place.data.buffer))
}

function roomFor(value: Value | undefined, extents: Readonly<Record<string, number>>): Tensor | undefined {
  const dims = value?.shape.map((dim) => boundDimIfKnown(dim, extents))
  if (!value || !dims?.every((dim) => dim !== undefined)) return undefined
  return emptyTensor(value.type, dims)
}

function emptyTensor(type: ElementType, dims: readonly number[]): Tensor | undefined {
  const count = elementCount(dims)
  if (type === 'float') return { type, data: new Float32Array(count), dims }
  if (type === 'int64') return { type, data: new BigInt64Array(count), dims }
  if (type === 'int32') return { type, data: new Int32Array(count), dims }
  return undefined
}

function recordOf<K extends string, T, V>(values: Readonly<Record<K, T>>, valueFor: (value: T) => V): Record<K, V> {
  const names = Object.keys(values) as K[]
  return Object.fromEntries(names.map((name) => [name, valueFor(values[name])])) as Record<K, V>
}
