import { join } from 'node:path'
import { requireWritable } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { LessonEvents } from '../../tensorboard/lesson-events.ts'

/** Between two looks at a lesson's log. */
const pollMs = 2000

/** A lesson whose numbers are followed. */
export interface FollowedLesson {
  /** Of the run, which TensorBoard shows by its name. */
  readonly folder: string
  /** What tells the lesson from every other. */
  readonly name: string
  /** Holds its logs while it is taught. */
  readonly stateFolder: string
}

/** Writes the numbers of lessons for TensorBoard while they are taught. What goes wrong with that is told and ends no lesson. */
export class EventFollowers {
  readonly #followed = new Map<
    string,
    { readonly lesson: FollowedLesson; readonly events: LessonEvents; lookedAt: number }
  >()
  readonly #onFault: (sentence: string) => void
  #hasFailed = false

  /** @throws {Fault} when nothing can be written into the folder */
  constructor(folder: string, onFault: (sentence: string) => void) {
    requireWritable(folder)
    this.#onFault = onFault
  }

  /** Looks what a lesson has logged, if the last look is not too near. */
  see(lesson: FollowedLesson): void {
    this.#tried(() => {
      const one = this.open(lesson)
      if (Date.now() - one.lookedAt < pollMs) return
      one.lookedAt = Date.now()
      one.events.follow(logsIn(lesson.stateFolder))
    })
  }

  /** Looks once more at all lessons that were seen: they may have been interrupted. */
  last(): void {
    for (const { lesson, events } of this.#followed.values())
      this.#tried(() => events.follow(logsIn(lesson.stateFolder)))
  }

  /** Writes what is missing of a finished lesson, whose logs are beside its model. */
  finish(lesson: FollowedLesson, modelFolder: string, seconds: number): void {
    this.#tried(() => this.open(lesson).events.finish(logsIn(modelFolder), seconds))
  }

  /** What the folder holds of the lesson already. @throws {Fault} when it holds another's numbers */
  open(lesson: FollowedLesson) {
    const known = this.#followed.get(lesson.folder)
    if (known !== undefined) return known
    const opened = { lesson, events: new LessonEvents(lesson.folder, lesson.name), lookedAt: 0 }
    this.#followed.set(lesson.folder, opened)
    return opened
  }

  #tried(work: () => void): void {
    if (this.#hasFailed) return
    try {
      work()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#hasFailed = true
      process.exitCode = 1
      this.#onFault(`${error.describe()}; nothing more is written for TensorBoard, the next run writes what is missing`)
    }
  }
}

function logsIn(folder: string) {
  return { updates: join(folder, 'log.jsonl'), evaluations: join(folder, 'evaluations.jsonl') }
}
