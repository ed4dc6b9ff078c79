import { appendFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { readPlainFile, writeFault } from '../../base/atomic-file.ts'
import { makeFolder } from '../../base/make-folder.ts'
import type { Prediction } from '../../lesson/protocol.ts'

/**
 * Answers that outlive the process that gives them: a file with the work's identity in its first line and a batch in each
 * line after it, every line behind its CRC-32.
 *
 * What follows a line that is not whole is given anew. A process that outlives its parent for a moment may write a batch
 * a second time: a line says which answers it holds, and those that are there already are left out.
 */
export class KeptAnswers {
  readonly #path: string
  readonly #identity: string
  #isBegun: boolean
  /** Whether the file ends within a line, as a full disk leaves it. */
  #isTorn: boolean
  /** In the order in which they were given. */
  readonly answers: readonly Prediction[]
  /** That giving them has taken. */
  readonly seconds: number

  /** @param identity everything that the answers depend on; those of other work are not gone on from */
  constructor(path: string, identity: string) {
    this.#path = path
    this.#identity = identity
    const text = textOf(path)
    const kept = readKept(text, identity)
    this.#isBegun = kept !== undefined
    this.#isTorn = !text.endsWith('\n')
    this.answers = kept?.answers ?? []
    this.seconds = kept?.seconds ?? 0
  }

  /** @throws {Fault} when the disk is full */
  append(batch: AnswerBatch): void {
    try {
      if (!this.#isBegun) {
        makeFolder(dirname(this.#path))
        rmSync(this.#path, { force: true })
        appendFileSync(this.#path, lineOf(this.#identity))
        this.#isBegun = true
        this.#isTorn = false
      }
      appendFileSync(this.#path, `${this.#isTorn ? '\n' : ''}${lineOf(batch)}`)
      this.#isTorn = false
    } catch (error) {
      throw writeFault(this.#path, error)
    }
  }
}

/** Answers that were given together. */
interface AnswerBatch {
  /** How many were given before. */
  readonly from: number
  readonly answers: readonly Prediction[]
  readonly seconds: number
}

function lineOf(value: unknown): string {
  const json = JSON.stringify(value)
  return `${crc32(json)} ${json}\n`
}

function textOf(path: string): string {
  try {
    return readPlainFile(path).toString()
  } catch {
    return ''
  }
}

function readKept(text: string, identity: string): { answers: Prediction[]; seconds: number } | undefined {
  const [first, ...batches] = valuesOf(text)
  if (first !== identity) return undefined
  const kept = { answers: [] as Prediction[], seconds: 0 }
  for (const { from, answers, seconds } of batches as AnswerBatch[]) {
    if (from !== kept.answers.length) continue
    kept.answers.push(...answers)
    kept.seconds += seconds
  }
  return kept
}

function valuesOf(text: string): unknown[] {
  return text.split('\n').flatMap((line) => {
    const space = line.indexOf(' ')
    const json = line.slice(space + 1)
    return space > 0 && crc32(json) === Number(line.slice(0, space)) ? [JSON.parse(json)] : []
  })
}
