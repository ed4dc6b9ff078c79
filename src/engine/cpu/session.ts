import * as ort from 'onnxruntime-node'
import type { GraphBuilder } from '../../graph/builder.ts'
import { boundDimIfKnown } from '../../graph/dim.ts'
import type { ElementType, Value } from '../../graph/ops.ts'
import { serialize } from '../../graph/serialize.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import { fromOrt, toOrt } from '../ort-tensor.ts'
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
  readonly #session: ort.InferenceSession
  readonly #inputs: readonly Value[]
  readonly #outputs: ReadonlyMap<string, Value>

  private constructor(session: ort.InferenceSession, { inputs, outputs }: GraphBuilder) {
    this.#session = session
    this.#inputs = inputs
    this.#outputs = new Map(outputs.map(({ name, value }) => [name, value]))
  }

  /** @param threads inside one operator; default: as many as the machine has */
  static async create(graph: GraphBuilder, threads?: number): Promise<GraphSession> {
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
    return new GraphSession(await ort.InferenceSession.create(model, settings), graph)
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
    for (const { name } of this.#inputs) {
      if (!feeds[name]) throw new Error(`Cannot run the graph without input "${name}"`)
    }
    const places = this.#places(feeds, outputs)
    const witness = places && witnessOf(places, feeds)
    if (!places || !witness) return await this.#copied(feeds, outputs)
    markUntouched(witness)
    try {
      await this.#session.run(this.#inputsOf(feeds), { [noTensor]: null, ...recordOf(places, toOrt) })
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(givesUp))) throw error
    }
    if (isUntouched(witness)) throw new Error('Cannot trust a run of the graph that has written no output')
    return places
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#session.release()
  }

  /** New arrays for all that is not written into given ones. */
  async #copied<K extends string>(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<K, Tensor | null>>,
  ): Promise<Record<K, Tensor>> {
    const fetches = recordOf(outputs, (tensor) => (tensor ? toOrt(tensor) : null))
    const results = await this.#session.run(this.#inputsOf(feeds), fetches)
    const found = {} as Record<K, Tensor>
    for (const name of Object.keys(outputs) as K[]) found[name] = outputs[name] ?? fromOrt(results[name]!)
    return found
  }

  #inputsOf(feeds: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
    return Object.fromEntries(this.#session.inputNames.map((name) => [name, toOrt(feeds[name]!)]))
  }

  /** Where each output is to be written, or nothing where its extents are not those of some inputs. */
  #places<K extends string>(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<K, Tensor | null>>,
  ): Record<K, Tensor> | undefined {
    const places = {} as Record<K, Tensor>
    const extents = this.#extentsOf(feeds)
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
    for (const { name, shape } of this.#inputs) {
      shape.forEach((dim, axis) => {
        if (typeof dim === 'string') extents[dim] = feeds[name]!.dims[axis]!
      })
    }
    return extents
  }
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
