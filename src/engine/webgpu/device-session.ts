import * as ort from 'onnxruntime-node'
import type { GraphBuilder } from '../../graph/builder.ts'
import { serialize } from '../../graph/serialize.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { fromOrt, toOrt } from '../ort-tensor.ts'
import { deviceFault } from './device-fault.ts'
import { DeviceTensor } from './device-tensor.ts'
import { inTurn } from './run-queue.ts'

// What fails outside of a run is thrown by nobody: onnxruntime prints it alone, for untoldFault().
ort.env.logLevel = 'error'

/** A graph made ready to run on the device. */
export class DeviceSession {
  readonly #session: ort.InferenceSession
  readonly #read: ReadonlySet<string>

  private constructor(session: ort.InferenceSession, read: ReadonlySet<string>) {
    this.#session = session
    this.#read = read
  }

  /**
   * @param read outputs that come to this process's memory; all others stay on the device
   * @throws {Fault} when there is no device
   */
  static async create(graph: GraphBuilder, read: readonly string[] = []): Promise<DeviceSession> {
    const names = graph.outputs.map(({ name }) => name)
    const stay = names.filter((name) => !read.includes(name))
    const settings: ort.InferenceSession.SessionOptions = {
      executionProviders: ['webgpu'],
      graphOptimizationLevel: 'all',
      enableMemPattern: false,
      logSeverityLevel: 4,
      // Some of its kernels read past a buffer's end, which ends the process on SwiftShader: shaders are to keep within bounds.
      extra: { ep: { webgpuexecutionprovider: { enableRobustness: '1' } } },
    }
    if (stay.length > 0) {
      const places = names.map((name) => [name, read.includes(name) ? 'cpu' : 'gpu-buffer'] as const)
      settings.preferredOutputLocation = Object.fromEntries(places)
    }
    return await inTurn(async () => {
      try {
        return new DeviceSession(await ort.InferenceSession.create(serialize(graph), settings), new Set(read))
      } catch (error) {
        throw deviceFault(error)
      }
    })
  }

  /**
   * Runs the graph once.
   *
   * @param feeds every graph input
   * @param wanted outputs; those that stay on the device are the caller's to release. All others are made too: asked for some
   *   of its outputs, a session gives them in the places of others (1.30)
   * @throws {Fault} when the device is lost or its memory full
   */
  async run(feeds: Readonly<Record<string, Tensor | DeviceTensor>>, wanted: readonly string[]): Promise<Results> {
    return await inTurn(async () => {
      const inputs: Record<string, ort.Tensor> = {}
      for (const name of this.#session.inputNames) {
        const feed = feeds[name]
        if (feed === undefined) throw new Error(`Cannot run the graph without input "${name}"`)
        inputs[name] = feed instanceof DeviceTensor ? feed.toOrt() : toOrt(feed)
      }
      const found = new Results()
      try {
        for (const [name, output] of Object.entries(await this.#session.run(inputs))) {
          if (wanted.includes(name)) found.add(name, output, this.#read.has(name))
          else if (output.location === 'gpu-buffer') output.dispose()
        }
      } catch (error) {
        throw deviceFault(error)
      }
      return found
    })
  }

  async release(): Promise<void> {
    await inTurn(() => this.#session.release())
  }
}

/** Outputs of one run. */
class Results {
  readonly #read = new Map<string, Tensor>()
  readonly #held = new Map<string, DeviceTensor>()

  add(name: string, output: ort.Tensor, read: boolean): void {
    if (read) this.#read.set(name, fromOrt(output))
    else this.#held.set(name, DeviceTensor.adopt(output))
  }

  /** An output that was to come to this process's memory. */
  read(name: string): Tensor {
    const tensor = this.#read.get(name)
    if (tensor === undefined) throw new Error(`Cannot read the output "${name}" as it is not here`)
    return tensor
  }

  /** An output on the device. */
  held(name: string): DeviceTensor {
    const tensor = this.#held.get(name)
    if (tensor === undefined) throw new Error(`Cannot hold the output "${name}" as it is not on the device`)
    return tensor
  }
}
