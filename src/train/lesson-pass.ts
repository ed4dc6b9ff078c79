import type { Pass, Teacher } from '../engine/engine.ts'
import type { LessonSettings } from '../lesson/lesson-settings.ts'
import type { Example } from '../model/family.ts'
import { fittingPasses, type PassBound } from '../model/fitting-passes.ts'
import type { TaughtWeights } from './model-memory.ts'

/** What one update did. */
export interface UpdateResult {
  /** Mean over all real target tokens of the batch, before the update. */
  readonly loss: number
  /** Before clipping. */
  readonly gradNorm: number
  /** Source and target tokens. */
  readonly tokens: number
}

type PassSettings = Pick<LessonSettings, 'microBatch' | 'dropout' | 'labelSmoothing' | 'seed'>

/** Teaches: the gradients of a batch, pass by pass, then one update. */
export class LessonPass {
  readonly teacher: Teacher
  readonly #weights: TaughtWeights
  readonly #settings: PassSettings
  readonly #dropout: number
  readonly #bound: PassBound | undefined
  /** What an engine has asked for before its update. */
  #begun: BegunUpdate | undefined

  constructor(weights: TaughtWeights, settings: PassSettings, bound?: PassBound) {
    this.#bound = bound
    this.#weights = weights
    this.#settings = settings
    const { architecture, model } = weights
    this.#dropout = settings.dropout ?? architecture.dropoutRate
    const { labelSmoothing } = settings
    const options = { gradients: true, dropout: this.#dropout > 0, labelSmoothing, dialect: model.dialect }
    this.teacher = model.teacher((accumulate, shortTargets) =>
      architecture.lessonGraph({ ...options, accumulate, shortTargets }),
    )
  }

  /**
   * Computes the gradients of a batch's mean token loss and updates the weights.
   *
   * @param step the update's number, from 0: it picks the dropout masks
   * @param next gives the batch of the update after this one, which an engine may ask for to prepare it; where that update is
   * given the same array, what was made of it is used
   * @returns the loss and norm; when the norm is not finite the weights are left as they were
   */
  async update(
    examples: readonly Example[],
    step: number,
    learningRate: number,
    next: () => readonly Example[] = () => [],
  ): Promise<UpdateResult> {
    const passes = this.#goOn(examples, step)
    const { nll, gradNorm } = await this.teacher.update(passes, learningRate, this.#begin(next, step + 1))
    return { loss: nll / targetTokens(examples), gradNorm, tokens: tokensOf(examples) }
  }

  /** Leaves the gradients of a batch's mean token loss with the teacher. @returns the loss */
  async gradients(examples: readonly Example[], step: number): Promise<number> {
    return (await this.teacher.gradients(this.#passes(examples, step))) / targetTokens(examples)
  }

  async release(): Promise<void> {
    await this.teacher.release()
  }

  /** The first pass of an update that is to come is kept for it; an engine that asks for more has them made again. */
  *#begin(batch: () => readonly Example[], step: number): Generator<Pass> {
    const examples = batch()
    const rest = this.#passes(examples, step)
    const { value: first, done } = rest.next()
    if (done) return
    this.#begun = { examples, step, first, rest }
    yield first
    this.#begun = undefined
    yield* rest
  }

  *#goOn(examples: readonly Example[], step: number): Generator<Pass> {
    const begun = this.#begun
    this.#begun = undefined
    if (begun?.examples !== examples || begun.step !== step) return yield* this.#passes(examples, step)
    yield begun.first
    yield* begun.rest
  }

  *#passes(examples: readonly Example[], step: number): Generator<Pass> {
    const { microBatch, seed } = this.#settings
    const lossScale = 1 / targetTokens(examples)
    const { architecture, model } = this.#weights
    let number = 0
    for (const places of fittingPasses(this.#weights, examples, microBatch, this.#bound)) {
      const { inputs, extents } = architecture.packBatch(places.map((at) => examples[at]!))
      const shortTargets = architecture.hasShortTargets(extents, model.dialect)
      yield {
        inputs,
        extents,
        shortTargets,
        lossScale,
        dropout: { probability: this.#dropout, seed, step, pass: number++ },
      }
    }
  }
}

interface BegunUpdate {
  readonly examples: readonly Example[]
  readonly step: number
  readonly first: Pass
  readonly rest: Iterator<Pass> & Iterable<Pass>
}

function targetTokens(examples: readonly Example[]): number {
  return examples.reduce((total, { target }) => total + target.length, 0)
}

function tokensOf(examples: readonly Example[]): number {
  return examples.reduce((total, { source, target }) => total + source.length + target.length, 0)
}
