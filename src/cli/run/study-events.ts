import { join } from 'node:path'
import type { Plan } from '../../study/plan/plan.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import type { Store } from '../../study/store/store.ts'
import { EventFollowers, type FollowedLesson } from './event-followers.ts'

/** The lessons of a study for TensorBoard, each as a run of its own. */
export class StudyEvents {
  readonly #folder: string
  readonly #store: Store
  readonly #followers: EventFollowers

  /** @throws {Fault} when nothing can be written into the folder */
  constructor(folder: string, store: Store, onFault: (sentence: string) => void) {
    this.#folder = folder
    this.#store = store
    this.#followers = new EventFollowers(folder, onFault)
  }

  /** Of a step that is under way. */
  see(step: Step): void {
    if (step.kind === 'teach') this.#followers.see(this.#lesson(step))
  }

  /** Of those that are under way no longer, finished or not. */
  last(): void {
    this.#followers.last()
  }

  /** Every finished lesson, also those that were finished before. */
  finish(plan: Plan): void {
    for (const step of plan.steps.values()) {
      if (step.kind !== 'teach' || !this.#store.isDone('teach', step.key)) continue
      const seconds = this.#store.soundResult('teach', step.key)?.seconds
      if (seconds === undefined) continue
      this.#followers.finish(this.#lesson(step), this.#store.modelFolder(step.key), seconds)
    }
  }

  #lesson(step: TeachStep): FollowedLesson {
    const name = step.key.slice(0, 8)
    return {
      folder: join(this.#folder, runName(step)),
      name,
      stateFolder: this.#store.stateFolder('teach', step.key),
    }
  }
}

/** As people call it, without what names of files cannot hold, and with letters of its key, as arms may come to one name. */
function runName({ taught, seed, key }: TeachStep): string {
  const name = taught.replace(/[^\p{L}\p{N}_.]+/gu, '-').slice(0, 80)
  return `${name}@${seed}-${key.slice(0, 8)}`
}
