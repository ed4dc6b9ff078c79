import { closeSync, existsSync, fstatSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { crc32 } from 'node:zlib'
import { fillFileAtomic, openPlainFile } from '../base/atomic-file.ts'
import { bytesOf, numbersOf } from '../base/bytes-of.ts'
import { Fault } from '../base/fault.ts'
import { makeFolder } from '../base/make-folder.ts'
import { areFinite } from '../graph/are-finite.ts'
import type { LessonCost } from '../lesson/protocol.ts'
import { isBestWeights, lessonStateFile } from '../lesson/saved-state.ts'
import type { Patience } from './early-stopping.ts'
import type { LogTexts } from './lesson-logs.ts'
import type { TaughtWeights } from './model-memory.ts'

/** The best checkpoint so far. */
export interface LessonBest {
  readonly step: number
  /** Of the loss or score that decides. */
  readonly value: number
  readonly loss: number
}

/** What a lesson knows besides weights and the optimizer's state. */
export interface LessonProgress extends LessonCost {
  /** Identifies the request: a state of another lesson is not gone on from. */
  readonly lesson: string
  readonly stepsDone: number
  readonly best?: LessonBest
  /** Of a lesson that may stop early. */
  readonly patience?: Patience
  /** Lines of `log.jsonl` and `evaluations.jsonl` that belong to this state. */
  readonly logLines: number
  readonly evaluationLines: number
  /** The update has been made, and the evaluation that follows it has not. */
  readonly evaluationDue: boolean
  /** What the judge of evaluations wants to be given back. */
  readonly memory?: unknown
  /** Those lines, as their files may be lost or cut; absent in states that are older than this. */
  readonly logs?: LogTexts
  /** What its last bits may depend on; absent in states that are older than this. */
  readonly computer?: Computer
}

/** What computes a lesson. */
export interface Computer {
  readonly threads: number
  /** Names of the processor and of the runtime's version. */
  readonly processor: string
  readonly runtime: string
}

/** How many threads have computed a stored state, whose lesson is to end with the bits of one that was left alone. */
export function threadsOfState(folder: string, lesson: string): number | undefined {
  try {
    const file = openPlainFile(join(folder, lessonStateFile))
    try {
      const progress = readHeader(file)
      return isSameLesson(progress.lesson, lesson) ? progress.computer?.threads : undefined
    } finally {
      closeSync(file)
    }
  } catch {
    // There is none, or it is damaged, which whoever restores it will say.
    return undefined
  }
}

/** @throws {RangeError} on a length that no header has */
function readHeader(file: number): LessonProgress & { readonly optimizerSteps: number } {
  const length = Buffer.alloc(4)
  readWhole(file, length)
  if (length.readUInt32LE() > fstatSync(file).size) throw new RangeError('The header is longer than its file')
  const header = Buffer.alloc(length.readUInt32LE())
  readWhole(file, header)
  return JSON.parse(header.toString()) as LessonProgress & { optimizerSteps: number }
}

/**
 * The state of an interrupted lesson in its folder: `state.bin` (a JSON header, then parameters and the optimizer's
 * state as the engine gives them) and `best-<step>.bin` (parameters alone), each with its CRC-32 at the end.
 *
 * Each is written beside its place and moved there whole; a write that fails leaves the state before it. A file that was
 * damaged afterwards is not gone on from.
 */
export class LessonState {
  readonly #folder: string
  readonly #weights: TaughtWeights
  /** The update of the best weights that the stored state goes on from. */
  #storedBest: number | undefined

  constructor(folder: string, weights: TaughtWeights) {
    this.#folder = folder
    this.#weights = weights
    makeFolder(folder)
    for (const name of readdirSync(folder)) if (name.includes('.tmp-')) rmSync(join(folder, name), { force: true })
  }

  /** @throws {Fault} when the disk is full or the folder cannot be written, or when weights or moments are not finite */
  async save(progress: LessonProgress): Promise<void> {
    const { model } = this.#weights
    const header = Buffer.from(JSON.stringify({ ...progress, optimizerSteps: model.updatesDone }))
    await writeWhole(join(this.#folder, lessonStateFile), async (write) => {
      write(fourBytes(header.length))
      write(header)
      await model.saveState((part) => {
        if (!isFinitePart(part)) throw spoiledMoments(progress.stepsDone)
        write(part)
      })
    })
    this.#storedBest = progress.best?.step
    this.#dropBestBut(this.#storedBest)
  }

  /** Removes best weights that neither the stored state nor the lesson goes on from. */
  #dropBestBut(...steps: readonly (number | undefined)[]): void {
    const kept = steps.map((step) => (step === undefined ? '' : bestName(step)))
    for (const name of readdirSync(this.#folder)) {
      if (isBestWeights(name) && !kept.includes(name)) rmSync(join(this.#folder, name), { force: true })
    }
  }

  /**
   * Puts a stored state of the same lesson back into the model.
   *
   * @param onWarning told of a file that is not what was written, or is of another lesson
   * @returns `undefined` when there is none, when it is of another lesson, or when it is damaged
   * @throws {Fault} when weights or moments in it are not finite
   */
  async restore(lesson: string, onWarning: (sentence: string) => void): Promise<LessonProgress | undefined> {
    const found = await this.#restored(lesson, onWarning)
    this.#dropBestBut(this.#storedBest)
    return found
  }

  async #restored(lesson: string, onWarning: (sentence: string) => void): Promise<LessonProgress | undefined> {
    const path = join(this.#folder, lessonStateFile)
    if (!existsSync(path)) return undefined
    const damaged = (file: string): undefined => {
      onWarning(`The saved state in "${file}" is damaged: the lesson begins anew`)
    }
    // Checked before the first array is overwritten.
    if (!isWhole(path)) return damaged(path)
    const file = openPlainFile(path)
    try {
      const { optimizerSteps, ...progress } = readHeader(file)
      // Until this lesson has a state of its own the other one can still be gone on from.
      this.#storedBest = progress.best?.step
      if (!isSameLesson(progress.lesson, lesson)) {
        onWarning(`The saved state in "${path}" is of other settings: the lesson begins anew`)
        return undefined
      }
      const best = progress.best && join(this.#folder, bestName(progress.best.step))
      if (best !== undefined && !isWhole(best)) return damaged(best)
      await this.#weights.model.restoreState(optimizerSteps, (part) => {
        if (!readWhole(file, part)) throw new Error(`The state in "${path}" is of another model`)
        if (!isFinitePart(part)) {
          throw new Fault(
            `Cannot go on from the saved state in "${path}" as it holds a number that is not finite: ` +
              'lower the learning rate, or remove it to begin the lesson anew',
          )
        }
      })
      return progress
    } finally {
      closeSync(file)
    }
  }

  /** Stores the parameters as the best so far, beside those that the stored state names and in place of all others. */
  async saveBest(step: number): Promise<void> {
    const { architecture, model } = this.#weights
    await writeWhole(join(this.#folder, bestName(step)), async (write) => {
      for (const { name } of architecture.parameters) {
        for await (const part of model.parts(name)) write(bytesOf(part))
      }
    })
    this.#dropBestBut(this.#storedBest, step)
  }

  /** Puts the best parameters back. */
  async restoreBest(step: number): Promise<void> {
    const { architecture, model } = this.#weights
    const path = join(this.#folder, bestName(step))
    const file = openPlainFile(path)
    try {
      for (const { name } of architecture.parameters) {
        await model.write(name, (data) => {
          if (!readWhole(file, bytesOf(data))) throw new Error(`The best weights in "${path}" are of another model`)
        })
      }
    } finally {
      closeSync(file)
    }
  }
}

/**
 * An infinite second moment leaves its parameter as it is for good, and neither loss nor weights show it.
 *
 * @throws {Fault} when a weight or moment is not finite
 */
export async function refuseSpoiledMoments({ model }: TaughtWeights, step: number): Promise<void> {
  await model.saveState((part) => {
    if (!isFinitePart(part)) throw spoiledMoments(step)
  })
}

function spoiledMoments(step: number): Fault {
  return new Fault(
    `Cannot use the taught weights as what the optimizer keeps of the gradients is not finite after update ${step}: lower the learning rate, ` +
      'or let max_grad_norm limit the gradients',
  )
}

/** The maps of rows that had a gradient hold 0 and 1 in every byte, which is finite as a number as well. */
function isFinitePart(part: Uint8Array): boolean {
  return areFinite(numbersOf(part))
}

/** Removes best weights that the state in a folder does not go on from, of a lesson that has ended before its end. */
export function dropUnusedBest(folder: string): void {
  const best = listFolder(folder).filter(isBestWeights)
  if (best.length === 0) return
  try {
    const used = hasState(folder) ? bestOfState(folder) : undefined
    for (const name of best) if (name !== used) rmSync(join(folder, name), { force: true })
  } catch {
    // Of a state that cannot be read nothing is known; whoever restores it says so, and removes what is left.
  }
}

function bestOfState(folder: string): string | undefined {
  const file = openPlainFile(join(folder, lessonStateFile))
  try {
    const { best } = readHeader(file)
    return best && bestName(best.step)
  } finally {
    closeSync(file)
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Whether a folder holds a state that a lesson could go on from. */
export function hasState(folder: string): boolean {
  return existsSync(join(folder, lessonStateFile))
}

/**
 * How long a lesson teaches on before it stores its state again: five minutes, and longer on a disk so slow that storing
 * would take more than a hundredth of the time.
 *
 * @param seconds that storing took the last time
 */
export function secondsBetweenStates(seconds: number): number {
  return Math.max(300, seconds * 100)
}

const bestName = (step: number): string => `best-${step}.bin`
/** Large arrays move in slices, as one call may move less than it was asked for. */
const sliceBytes = 64 * 2 ** 20

/** The order in which settings are told is nothing to a lesson. */
function isSameLesson(stored: string, asked: string): boolean {
  return stored === asked || isDeepStrictEqual(JSON.parse(stored), JSON.parse(asked))
}

function fourBytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Whether a file ends with the checksum of what is before it. */
function isWhole(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false
  const file = openPlainFile(path)
  try {
    let rest = fstatSync(file).size - 4
    if (rest < 4) return false
    const slice = Buffer.alloc(Math.min(rest, 2 ** 22))
    let checksum = 0
    for (; rest > 0; rest -= slice.length) {
      const part = slice.subarray(0, Math.min(rest, slice.length))
      if (!readWhole(file, part)) return false
      checksum = crc32(part, checksum)
    }
    const written = Buffer.alloc(4)
    return readWhole(file, written) && written.readUInt32LE() === checksum
  } finally {
    closeSync(file)
  }
}

/** Writes a file that ends with the checksum of what is before it. @param fill is given what appends a part */
async function writeWhole(path: string, fill: (write: (part: Uint8Array) => void) => Promise<void>): Promise<void> {
  await fillFileAtomic(path, async (append) => {
    let checksum = 0
    await fill((part) => {
      checksum = crc32(part, checksum)
      append(part)
    })
    append(fourBytes(checksum))
  })
}

function readWhole(file: number, part: Uint8Array): boolean {
  for (let at = 0; at < part.length; ) {
    const count = readSync(file, part, at, Math.min(sliceBytes, part.length - at), null)
    if (count === 0) return false
    at += count
  }
  return true
}
