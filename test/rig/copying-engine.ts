import { cpuEngine } from '../../src/engine/cpu/cpu-engine.ts'
import type { Engine, FillPart, HeldModel, HeldTensor, Session, TaughtModel } from '../../src/engine/engine.ts'
import type { Tensor } from '../../src/graph/tensor.ts'

/**
 * The processor's engine as a device would have it: what it holds is out of reach, and all that goes in or out is a copy.
 */
export const copyingEngine: Engine = {
  runtime: cpuEngine.runtime,
  hold: async (...held) => new FarModel(await cpuEngine.hold(...held)),
  holdTaught: async (...held) => new FarTaughtModel(await cpuEngine.holdTaught(...held)),
  bytesOnDevice: () => cpuEngine.bytesOnDevice(),
}

class FarModel<M extends HeldModel> implements HeldModel {
  protected readonly model: M

  constructor(model: M) {
    this.model = model
  }

  get dialect() {
    return this.model.dialect
  }

  get mostElements(): number {
    return this.model.mostElements
  }

  async write(name: string, fill: (data: Float32Array) => void | Promise<void>, part?: FillPart): Promise<void> {
    const staged = (await this.model.read(name)).slice().fill(Number.NaN)
    if (part === undefined) await fill(staged)
    else
      for (let begin = 0; begin < staged.length; begin += 1000) await part(staged.subarray(begin, begin + 1000), begin)
    await this.model.write(name, (data) => data.set(staged))
  }

  async read(name: string): Promise<Float32Array> {
    return (await this.model.read(name)).slice()
  }

  /** Several of each, as those of a device are. */
  async *parts(name: string): AsyncGenerator<Float32Array> {
    const whole = await this.read(name)
    for (let begin = 0; begin < whole.length; begin += 1000) yield whole.slice(begin, begin + 1000)
  }

  async session(graph: Parameters<HeldModel['session']>[0]): Promise<Session> {
    const session = await this.model.session(graph)
    return {
      async run(inputs, outputs) {
        const near = Object.entries(inputs).map(([name, input]) => [
          name,
          input instanceof FarTensor ? input.near : input,
        ])
        const into = Object.entries(outputs.into ?? {}).map(([name, tensor]) => [name, (tensor as FarTensor).near])
        return await session.run(Object.fromEntries(near), {
          read: outputs.read,
          into: Object.fromEntries(into) as Record<string, HeldTensor>,
        })
      },
      release: () => session.release(),
    }
  }

  async hold(tensor: Tensor): Promise<HeldTensor> {
    return new FarTensor(await this.model.hold(tensor))
  }
}

class FarTaughtModel extends FarModel<TaughtModel> implements TaughtModel {
  get updatesDone(): number {
    return this.model.updatesDone
  }

  teacher(...[graph]: Parameters<TaughtModel['teacher']>): ReturnType<TaughtModel['teacher']> {
    return this.model.teacher(graph)
  }

  async saveState(write: (bytes: Uint8Array) => void): Promise<void> {
    await this.model.saveState((bytes) => write(bytes.slice()))
  }

  async restoreState(updatesDone: number, read: (bytes: Uint8Array) => void): Promise<void> {
    await this.model.restoreState(updatesDone, (bytes) => {
      const staged = new Uint8Array(bytes.length)
      read(staged)
      bytes.set(staged)
    })
  }
}

/** A tensor of which nothing but its extents is known here, and which is of no use once it was given back. */
class FarTensor implements HeldTensor {
  readonly dims: readonly number[]
  #near: HeldTensor | undefined

  constructor(near: HeldTensor) {
    this.dims = near.dims
    this.#near = near
  }

  get near(): HeldTensor {
    if (this.#near === undefined) throw new Error('Cannot use a tensor that was given back')
    return this.#near
  }

  async pickRows(rows: readonly number[]): Promise<HeldTensor> {
    return new FarTensor(await this.near.pickRows(rows))
  }

  part(begin: number, dims: readonly number[]): HeldTensor {
    return new FarTensor(this.near.part(begin, dims))
  }

  release(): void {
    this.near.release()
    this.#near = undefined
  }
}
