import * as ort from 'onnxruntime-node'
import type { GraphBuilder } from '../../graph/builder.ts'
import { serialize } from '../../graph/serialize.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { fromOrt, toOrt } from '../ort-tensor.ts'

/** A graph made ready to run on the CPU. */
export class GraphSession {
  readonly #session: ort.InferenceSession

  private constructor(session: ort.InferenceSession) {
    this.#session = session
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
    return new GraphSession(await ort.InferenceSession.create(serialize(graph), settings))
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
    const inputs: Record<string, ort.Tensor> = {}
    for (const name of this.#session.inputNames) {
      const tensor = feeds[name]
      if (!tensor) throw new Error(`Cannot run the graph without input "${name}"`)
      inputs[name] = toOrt(tensor)
    }
    const fetches: Record<string, ort.Tensor | null> = {}
    for (const name of Object.keys(outputs) as K[]) {
      const tensor = outputs[name]
      fetches[name] = tensor ? toOrt(tensor) : null
    }
    const results = await this.#session.run(inputs, fetches)
    const found = {} as Record<K, Tensor>
    for (const name of Object.keys(outputs) as K[]) found[name] = outputs[name] ?? fromOrt(results[name]!)
    return found
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#session.release()
  }
}
