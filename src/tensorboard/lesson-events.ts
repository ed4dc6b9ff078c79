import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { writeFault, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { makeFolder } from '../base/make-folder.ts'
import { eventRecords, fileHead, readEvents, type StepEvent } from './event-file.ts'
import { type LogLine, LogReader } from './log-reader.ts'

/** Where a lesson's numbers are. */
export interface LessonLogPaths {
  readonly updates: string
  /** May not be there: nothing was validated. */
  readonly evaluations: string
}

/**
 * A lesson's numbers in an event file, which TensorBoard shows as one run: `train/loss`, `train/grad_norm`, `train/learning_rate`
 * and `train/tokens` of every update, `eval/loss` and `eval/SCORE` of every evaluation. The file grows with the lesson; a lesson
 * that goes on, after a kill as well, goes on in it, and what it logs anew is not written again.
 */
export class LessonEvents {
  readonly #folder: string
  readonly #ending: string
  /** `undefined` until something is written or the lesson has a file already. */
  #path: string | undefined
  /** The last step of each group that is in the file. */
  readonly #last = { train: -1, eval: -1 }
  #readers: { readonly paths: LessonLogPaths; readonly train: LogReader; readonly eval: LogReader } | undefined
  #lookedAt: number

  /**
   * @param folder the run's own
   * @param lesson what tells this lesson from every other, such as letters of its key
   * @throws {Fault} when the folder holds another lesson's numbers or cannot be read
   */
  constructor(folder: string, lesson: string) {
    this.#folder = folder
    this.#ending = `.reteach-${lesson}`
    this.#lookedAt = Date.now() / 1000
    const files = eventFilesIn(folder)
    const own = files.find((name) => name.endsWith(this.#ending))
    const foreign = files.find((name) => name !== own)
    if (foreign !== undefined) {
      throw new Fault(
        `Cannot write numbers for TensorBoard into "${folder}" as "${foreign}" is there, another run's: name a folder of its own`,
      )
    }
    if (own !== undefined) this.#path = join(folder, own)
    if (this.#path !== undefined) this.#goOn(this.#path)
  }

  /** Appends what the logs have more than the last time. @throws {Fault} when the file cannot be written */
  follow(paths: LessonLogPaths): void {
    if (this.#readers?.paths.updates !== paths.updates) {
      this.#readers = { paths, train: new LogReader(paths.updates), eval: new LogReader(paths.evaluations) }
    }
    const { train, eval: looks } = this.#readers!
    const now = Date.now() / 1000
    // An evaluation follows on the update before it: read last, its update is there already.
    const updates = this.#newer('train', train.lines())
    const lines = [...updates, ...this.#newer('eval', looks.lines())]
    // They were made since the last look: nothing says when.
    const [before, between] = [this.#lookedAt, now - this.#lookedAt]
    this.#lookedAt = now
    const events = lines.map((line, at) => eventOf(line, before + ((at + 1) / lines.length) * between))
    this.#append(events, before)
  }

  /**
   * Writes what is missing of a finished lesson; what is in the file and not in the logs goes.
   *
   * @param seconds how long the lesson took: steps that nobody has followed are spread over that, up to when the log was written
   * @throws {Fault} when a log cannot be read or the file cannot be written
   */
  finish(paths: LessonLogPaths, seconds: number): void {
    if (!existsSync(paths.updates)) return
    const end = statSync(paths.updates).mtimeMs / 1000
    const updates = new LogReader(paths.updates).allLines('train')
    const lines = [...updates, ...new LogReader(paths.evaluations).allLines('eval')]
    const last = Math.max(1, updates.at(-1)?.step ?? 1)
    const wanted = lines.map((line) => eventOf(line, end - seconds + (seconds * line.step) / last))
    const there = this.#path === undefined ? [] : readEvents(readFileSync(this.#path)).events
    const missing = missingOf(wanted, there)
    if (there.length + missing.length === wanted.length) this.#append(missing, end - seconds)
    else this.#rewrite(wanted, end - seconds, there)
  }

  #newer(group: 'train' | 'eval', lines: readonly Omit<LogLine, 'group'>[]): LogLine[] {
    const newer = lines.filter(({ step }) => step > this.#last[group])
    this.#last[group] = newer.at(-1)?.step ?? this.#last[group]
    return newer.map((line) => ({ ...line, group }))
  }

  /** Of steps that were followed, the times that were seen stay. */
  #rewrite(wanted: readonly StepEvent[], begun: number, there: readonly StepEvent[]): void {
    const times = new Map(there.map((event) => [nameOf(event), event.wallTime]))
    const events = wanted.map((event) => ({ ...event, wallTime: times.get(nameOf(event)) ?? event.wallTime }))
    this.#path ??= this.#newPath(begun)
    writeFileAtomic(this.#path, Buffer.concat([fileHead(begun), eventRecords(events)]))
  }

  #append(events: readonly StepEvent[], begun: number): void {
    if (events.length === 0) return
    const head = this.#path === undefined ? [fileHead(begun)] : []
    this.#path ??= this.#newPath(begun)
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
    try {
      makeFolder(this.#folder)
      appendFileSync(this.#path, Buffer.concat([...head, eventRecords(events)]))
    } catch (error) {
      // Nobody would read what is appended to a part of a record.
      if (existsSync(this.#path)) truncateSync(this.#path, size)
      throw writeFault(this.#path, error)
    }
  }

  #newPath(begun: number): string {
    return join(this.#folder, `events.out.tfevents.${Math.floor(begun)}${this.#ending}`)
  }

  /** A record that was cut goes, as nobody would read what stands behind it. */
  #goOn(path: string): void {
    try {
      const content = readFileSync(path)
      const { events, bytes } = readEvents(content)
      if (bytes < content.length) truncateSync(path, bytes)
      if (bytes === 0) appendFileSync(path, fileHead(this.#lookedAt))
      for (const event of events) {
        const group = groupOf(event)
        this.#last[group] = Math.max(this.#last[group], event.step)
      }
    } catch (error) {
      throw writeFault(path, error)
    }
  }
}

function eventFilesIn(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.includes('tfevents')) : []
  } catch (error) {
    throw writeFault(folder, error)
  }
}

function eventOf({ group, step, numbers }: LogLine, wallTime: number): StepEvent {
  const values = Object.entries(numbers).map(([name, value]) => [`${group}/${name}`, value] as const)
  return { step, wallTime, values: Object.fromEntries(values) }
}

function groupOf({ values }: StepEvent): 'train' | 'eval' {
  return Object.keys(values)[0]?.startsWith('eval/') ? 'eval' : 'train'
}

function nameOf(event: StepEvent): string {
  return `${groupOf(event)} ${event.step}`
}

/** Those that are not there as they are wanted, whatever their order: evaluations stand between updates or behind them. */
function missingOf(wanted: readonly StepEvent[], there: readonly StepEvent[]): StepEvent[] {
  const known = new Map(there.map((event) => [nameOf(event), event.values]))
  return wanted.filter((event) => {
    const values = known.get(nameOf(event))
    const names = Object.keys(event.values)
    if (values === undefined || names.length !== Object.keys(values).length) return true
    return !names.every((name) => Object.is(Math.fround(event.values[name]!), values[name]))
  })
}
