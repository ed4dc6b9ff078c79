import { usualDevice } from '../../lesson/device.ts'
import type { LessonSettings } from '../../lesson/lesson-settings.ts'
import type { Example } from '../../model/family.ts'
import type { PassBound } from '../../model/fitting-passes.ts'
import type { LessonMemory } from './lesson-memory.ts'

/**
 * What bounds the passes of a lesson: the usual ones on the processor, unless it says how many examples they have.
 *
 * @param made counts the lesson's memory, and is asked where batches are large enough to be cut
 * @param given a bound that the lesson names besides
 */
export function passBoundOf(
  { device = usualDevice, microBatch }: Pick<LessonSettings, 'device' | 'microBatch'>,
  made: () => LessonMemory,
  given?: PassBound,
): PassBound | undefined {
  return device === usualDevice && microBatch === undefined ? new UsualPasses(made, given) : given
}

/**
 * Into which passes batches are cut on the processor where a lesson does not say: what a pass takes beside the model, its
 * gradients and the optimizer is at most half of these, or {@link leastRoom}. Larger passes were no faster, mostly slower
 * (bench/README.md), as their arrays leave the processor's caches; adding up gradients costs the more the larger the model.
 */
export class UsualPasses implements PassBound {
  readonly #made: () => LessonMemory
  readonly #given: PassBound | undefined
  #memory: LessonMemory | undefined

  /** As {@link passBoundOf} is asked. */
  constructor(made: () => LessonMemory, given?: PassBound) {
    this.#made = made
    this.#given = given
  }

  fits(examples: readonly Example[]): boolean {
    const isUsual = tokensOf(examples) <= leastTokens || this.#isWithinRoom(examples)
    return isUsual && (this.#given?.fits(examples) ?? true)
  }

  #isWithinRoom(examples: readonly Example[]): boolean {
    this.#memory ??= this.#made()
    return this.#memory.ofPass(examples) <= Math.max(leastRoom, this.#memory.modelBytes / 2)
  }
}

/** Bytes that any pass may take. */
const leastRoom = 1e9

/** Padded source and target tokens that are not worth a second pass, nor the millisecond that counting takes, whatever they take. */
const leastTokens = 2048

function tokensOf(examples: readonly Example[]): number {
  let [source, target] = [0, 0]
  for (const example of examples) {
    source = Math.max(source, example.source.length)
    target = Math.max(target, example.target.length)
  }
  return examples.length * (source + target)
}
