import type { Session } from '../engine/engine.ts'
import type { Example } from '../model/family.ts'
import type { HeldWeights } from './model-memory.ts'

/** The loss of examples without dropout and without gradients. */
export class LossPass {
  readonly #weights: HeldWeights
  readonly #labelSmoothing: number | undefined
  #session: Session | undefined

  /** @param labelSmoothing of the lesson; without it losses are negative log-likelihoods */
  constructor(weights: HeldWeights, labelSmoothing?: number) {
    this.#weights = weights
    this.#labelSmoothing = labelSmoothing
  }

  /** The loss of every target token, example by example. */
  async tokenLosses(examples: readonly Example[]): Promise<Float32Array[]> {
    const { architecture, model } = this.#weights
    const options = { gradients: false, dropout: false, labelSmoothing: this.#labelSmoothing }
    this.#session ??= await model.session(architecture.lessonGraph(options))
    const { inputs, targetOffsets } = architecture.packBatch(examples)
    const { read } = await this.#session.run(inputs, { read: ['nll'] })
    const losses = read.nll.data as Float32Array
    return examples.map((_, b) => losses.slice(targetOffsets[b], targetOffsets[b + 1]))
  }

  async release(): Promise<void> {
    await this.#session?.release()
    this.#session = undefined
  }
}
