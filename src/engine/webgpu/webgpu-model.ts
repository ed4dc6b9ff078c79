import { elementCount, type Tensor } from '../../graph/tensor.ts'
import type { ParameterSpec, WeightedGraph } from '../../graph/weighted-graph.ts'
import type { FillPart, HeldModel, HeldTensor, Session, SessionOutputs } from '../engine.ts'
import { deviceDialect } from './device-dialect.ts'
import { DeviceSession } from './device-session.ts'
import { DeviceTensor } from './device-tensor.ts'
import { DeviceHeldTensor } from './held-tensor.ts'
import { download, slicesOf, upload, uploadParts, zeros } from './small-graphs.ts'

/** A model that answers: its parameters lie on the device. */
export class WebgpuModel implements HeldModel {
  readonly dialect = deviceDialect
  readonly mostElements: number
  readonly specs: ReadonlyMap<string, ParameterSpec>
  readonly #parameters = new Map<string, DeviceTensor>()
  /** On the way to the device; until the model is used, as a table's room is large and parameters are written one by one. */
  #staging: Float32Array | undefined

  /** @param mostElements that fit a buffer */
  constructor(parameters: readonly ParameterSpec[], mostElements: number) {
    this.mostElements = mostElements
    this.specs = new Map(parameters.map((spec) => [spec.name, spec]))
  }

  async write(name: string, fill: (data: Float32Array) => void | Promise<void>, part?: FillPart): Promise<void> {
    const { shape } = this.specs.get(name)!
    if (part !== undefined) {
      const partOf = async (begin: number, end: number): Promise<Float32Array> => {
        const staged = this.#roomFor(end - begin)
        await part(staged, begin)
        return staged
      }
      return this.replace(name, await uploadParts(shape, partOf))
    }
    const staged = this.#roomFor(elementCount(shape))
    await fill(staged)
    this.replace(name, await upload(staged, shape))
  }

  async read(name: string): Promise<Float32Array> {
    const parameter = await this.parameter(name)
    const data = new Float32Array(parameter.size)
    await download(parameter, (part, begin) => data.set(part, begin))
    return data
  }

  async *parts(name: string): AsyncGenerator<Float32Array> {
    yield* slicesOf(await this.parameter(name))
  }

  async session(weighted: WeightedGraph): Promise<Session> {
    return new WebgpuSession(this, weighted)
  }

  async hold(tensor: Tensor): Promise<HeldTensor> {
    return DeviceHeldTensor.of(tensor)
  }

  /** A parameter as it is now; not to be released. */
  async parameter(name: string): Promise<DeviceTensor> {
    const known = this.#parameters.get(name)
    if (known) return known
    const made = await zeros(this.specs.get(name)!.shape)
    this.#parameters.set(name, made)
    return made
  }

  /** Takes over a parameter's new tensor in place of the one before. */
  protected replace(name: string, tensor: DeviceTensor): void {
    this.#parameters.get(name)?.release()
    this.#parameters.set(name, tensor)
  }

  /** Parameters as a graph takes them. */
  async feeds({ parameters, parameterRows }: WeightedGraph): Promise<Record<string, DeviceTensor>> {
    if (parameterRows && parameterRows.size > 0) throw new Error('Cannot take rows of a parameter on the device')
    this.#staging = undefined
    const feeds: Record<string, DeviceTensor> = {}
    for (const name of parameters) feeds[name] = await this.parameter(name)
    return feeds
  }

  #roomFor(size: number): Float32Array {
    if (this.#staging === undefined || this.#staging.length < size) this.#staging = new Float32Array(size)
    return this.#staging.subarray(0, size)
  }
}

/** A graph over a model's parameters. Where its outputs go is known by the first run that wants them. */
class WebgpuSession implements Session {
  readonly #model: WebgpuModel
  readonly #weighted: WeightedGraph
  readonly #sessions = new Map<string, DeviceSession>()

  constructor(model: WebgpuModel, weighted: WeightedGraph) {
    this.#model = model
    this.#weighted = weighted
  }

  async run<R extends string>(
    inputs: Readonly<Record<string, Tensor | HeldTensor>>,
    { read, into = {} }: SessionOutputs<R>,
  ): Promise<{ readonly read: Readonly<Record<R, Tensor>> }> {
    const session = await this.#session(read)
    const taken: DeviceTensor[] = []
    try {
      const feeds: Record<string, Tensor | DeviceTensor> = await this.#model.feeds(this.#weighted)
      for (const [name, input] of Object.entries(inputs)) {
        const feed = await feedOf(input)
        if (feed instanceof DeviceTensor) taken.push(feed)
        feeds[name] = feed
      }
      const results = await session.run(feeds, [...read, ...Object.keys(into)])
      for (const [name, held] of Object.entries(into)) deviceTensor(held).put(results.held(name))
      return { read: Object.fromEntries(read.map((name) => [name, results.read(name)])) as Record<R, Tensor> }
    } finally {
      for (const tensor of taken) tensor.release()
    }
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
    this.#sessions.clear()
  }

  async #session(read: readonly string[]): Promise<DeviceSession> {
    const key = [...read].sort().join()
    const known = this.#sessions.get(key)
    if (known) return known
    const made = await DeviceSession.create(this.#weighted.graph, read)
    this.#sessions.set(key, made)
    return made
  }
}

async function feedOf(input: Tensor | HeldTensor): Promise<Tensor | DeviceTensor> {
  return 'data' in input ? input : await deviceTensor(input).input()
}

function deviceTensor(held: HeldTensor): DeviceHeldTensor {
  if (held instanceof DeviceHeldTensor) return held
  throw new Error('Cannot run a graph on a tensor that another engine holds')
}
