import { availableParallelism } from 'node:os'
import { processorDialect } from '../../graph/dialect.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import type { ParameterRows, ParameterSpec, WeightedGraph } from '../../graph/weighted-graph.ts'
import type { HeldModel, HeldTensor, Session, SessionOutputs } from '../engine.ts'
import { ParameterArenas } from './arena.ts'
import { equalThreads } from './equal-threads.ts'
import { GraphSession } from './session.ts'

/** A model that answers: its parameters lie in arenas, and graphs read them in place. */
export class CpuModel implements HeldModel {
  readonly #arenas: ParameterArenas
  readonly #dims: ReadonlyMap<string, readonly number[]>
  readonly dialect = processorDialect
  readonly mostElements = Number.POSITIVE_INFINITY
  /** Of any run. */
  readonly threads: number | undefined
  /** Of runs of extents with which they come to the same bits. */
  readonly mostThreads: number | undefined

  constructor(parameters: readonly ParameterSpec[], threads: number | undefined, arenas?: ParameterArenas) {
    this.#arenas =
      arenas ?? new ParameterArenas(parameters.map(({ name, shape }) => ({ name, size: elementCount(shape) })))
    this.#dims = new Map(parameters.map(({ name, shape }) => [name, shape]))
    this.threads = equalThreads(parameters, threads)
    this.mostThreads = threads ?? (this.threads === undefined ? undefined : availableParallelism())
  }

  async write(name: string, fill: (data: Float32Array) => void | Promise<void>): Promise<void> {
    await fill(this.#arenas.parameter(name))
  }

  dims(name: string): readonly number[] {
    return this.#dims.get(name)!
  }

  async read(name: string): Promise<Float32Array> {
    return this.#arenas.parameter(name)
  }

  async *parts(name: string): AsyncGenerator<Float32Array> {
    yield this.#arenas.parameter(name)
  }

  async session(weighted: WeightedGraph): Promise<Session> {
    const session = await GraphSession.create(weighted.graph, this.threads)
    const feeds = this.feeds(weighted)
    return {
      async run<R extends string>(
        inputs: Readonly<Record<string, Tensor | HeldTensor>>,
        { read, into = {} }: SessionOutputs<R>,
      ) {
        const tensors = (held: typeof inputs) => recordOf(Object.keys(held), (name) => tensorOf(held[name]!))
        const wanted: Record<R, Tensor | null> = { ...recordOf(read, () => null), ...tensors(into) }
        return { read: await session.run({ ...feeds, ...tensors(inputs) }, wanted) }
      },
      release: () => session.release(),
    }
  }

  async hold(tensor: Tensor): Promise<HeldTensor> {
    return new CpuTensor(tensor)
  }

  /** Parameters as a graph takes them: views of the arenas. */
  feeds({ parameters, parameterRows = new Map() }: WeightedGraph): Record<string, Tensor> {
    const whole = recordOf(parameters, (name) => this.#feed(name, this.#arenas.parameter(name)))
    const some = recordOf([...parameterRows.keys()], (name) => {
      const rows = parameterRows.get(name)!
      return this.#feed(rows.parameter, this.#arenas.parameter(rows.parameter), rows)
    })
    return { ...whole, ...some }
  }

  #feed(parameter: string, data: Float32Array, rows?: ParameterRows): Tensor {
    const dims = this.#dims.get(parameter)!
    if (!rows) return { type: 'float', data, dims }
    return { type: 'float', data: rowsOf(data, dims, rows), dims: [rows.end - rows.begin, ...dims.slice(1)] }
  }
}

/** A view of some rows of axis 0. */
export function rowsOf(data: Float32Array, dims: readonly number[], { begin, end }: ParameterRows): Float32Array {
  const width = data.length / dims[0]!
  return data.subarray(begin * width, end * width)
}

class CpuTensor implements HeldTensor {
  readonly tensor: Tensor

  constructor(tensor: Tensor) {
    this.tensor = tensor
  }

  get dims(): readonly number[] {
    return this.tensor.dims
  }

  async pickRows(rows: readonly number[]): Promise<HeldTensor> {
    const { type, data, dims } = this.tensor
    if (type !== 'float') throw new Error(`Cannot pick rows of a tensor of type ${type}`)
    const width = data.length / dims[0]!
    const picked = new Float32Array(rows.length * width)
    rows.forEach((row, at) => {
      picked.set(data.subarray(row * width, (row + 1) * width), at * width)
    })
    return new CpuTensor({ type, data: picked, dims: [rows.length, ...dims.slice(1)] })
  }

  part(begin: number, dims: readonly number[]): HeldTensor {
    const { type, data } = this.tensor
    if (type !== 'float') throw new Error(`Cannot take a part of a tensor of type ${type}`)
    return new CpuTensor({ type, data: data.subarray(begin, begin + elementCount(dims)), dims })
  }

  release(): void {
    // The garbage collector frees it.
  }
}

function recordOf<K extends string, V>(names: readonly K[], valueFor: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, valueFor(name)])) as Record<K, V>
}

function tensorOf(input: Tensor | HeldTensor): Tensor {
  if (input instanceof CpuTensor) return input.tensor
  if ('data' in input) return input
  throw new Error('Cannot run a graph on a tensor that another engine holds')
}
