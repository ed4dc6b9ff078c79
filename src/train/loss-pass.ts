import type { Session } from '../engine/engine.ts'
import type { Example } from '../model/family.ts'
import { fittingPasses } from '../model/fitting-passes.ts'
import type { Examples } from './examples/examples.ts'
import type { MemoryBound } from './memory/memory-bound.ts'
import type { HeldWeights } from './model-memory.ts'

/** The loss of examples without dropout and without gradients. */
export class LossPass {
  readonly #weights: HeldWeights
  readonly #labelSmoothing: number | undefined
  readonly #bound: MemoryBound | undefined
  readonly #sessions = new Map<boolean, Session>()

  /**
   * @param labelSmoothing of the lesson; without it losses are negative log-likelihoods
   * @param bound of the lesson, whose passes take more
   */
  constructor(weights: HeldWeights, labelSmoothing?: number, bound?: MemoryBound) {
    this.#bound = bound
    this.#weights = weights
    this.#labelSmoothing = labelSmoothing
  }

  /** The loss of every target token, example by example. */
  async tokenLosses(examples: readonly Example[]): Promise<Float32Array[]> {
    const { architecture, model } = this.#weights
    const found = new Array<Float32Array>(examples.length)
    for (const places of fittingPasses(this.#weights, examples, examples.length, this.#bound)) {
      const { inputs, extents, targetOffsets } = architecture.packBatch(places.map((at) => examples[at]!))
      const session = await this.#sessionFor(architecture.hasShortTargets(extents, model.dialect))
      const { read } = await session.run(inputs, { read: ['nll'] })
      const losses = read.nll.data as Float32Array
      for (const [b, at] of places.entries()) found[at] = losses.slice(targetOffsets[b], targetOffsets[b + 1])
    }
    return found
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
    this.#sessions.clear()
  }

  async #sessionFor(shortTargets: boolean): Promise<Session> {
    const { architecture, model } = this.#weights
    const options = { gradients: false, dropout: false, labelSmoothing: this.#labelSmoothing, dialect: model.dialect }
    const session =
      this.#sessions.get(shortTargets) ?? (await model.session(architecture.lessonGraph({ ...options, shortTargets })))
    this.#sessions.set(shortTargets, session)
    return session
  }
}

/** The losses of each example's target tokens, in order, without dropout. */
export async function* lossesOf(losses: LossPass, examples: Examples, batch: number): AsyncGenerator<Float32Array> {
  for (let begin = 0; begin < examples.count; begin += batch) {
    const end = Math.min(examples.count, begin + batch)
    yield* await losses.tokenLosses(Array.from({ length: end - begin }, (_, i) => examples.at(begin + i, 0)))
  }
}

/** Mean loss over all target tokens, without dropout. */
export async function meanLoss(losses: LossPass, examples: Examples, batch: number): Promise<number> {
  let sum = 0
  let tokens = 0
  for await (const tokenLosses of lossesOf(losses, examples, batch)) {
    tokens += tokenLosses.length
    for (const loss of tokenLosses) sum += loss
  }
  return sum / tokens
}
