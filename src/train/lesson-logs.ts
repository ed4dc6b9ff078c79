import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { writeFault } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { makeFolder } from '../base/make-folder.ts'
import type { LessonProgress } from './lesson-state.ts'

/** `log.jsonl` and `evaluations.jsonl` of a lesson under way; they grow beside its state and move to the result. */
export class LessonLogs {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    makeFolder(folder)
  }

  /** Drops lines that are newer than the state that the lesson goes on from. */
  cut({ logLines, evaluationLines }: LessonProgress): void {
    keepLines(join(this.#folder, 'log.jsonl'), logLines)
    keepLines(join(this.#folder, 'evaluations.jsonl'), evaluationLines)
  }

  update(line: { step: number; loss: number; grad_norm: number; learning_rate: number }): void {
    this.#append('log.jsonl', line)
  }

  evaluation(line: { step: number; loss: number; [more: string]: unknown }): void {
    this.#append('evaluations.jsonl', line)
  }

  moveTo(folder: string): void {
    for (const name of ['log.jsonl', 'evaluations.jsonl']) {
      const from = join(this.#folder, name)
      const to = join(folder, name)
      try {
        if (existsSync(from)) copyFileSync(from, to)
        else rmSync(to, { force: true })
      } catch (error) {
        throw writeFault(to, error)
      }
    }
  }

  /** The mean loss of the last updates, read from a finished log; NaN for a lesson without updates. */
  meanOfLast(count: number, folder: string): number {
    const path = join(folder, 'log.jsonl')
    if (!existsSync(path)) return Number.NaN
    const lines = readFileSync(path, 'utf8').trim().split('\n').slice(-count)
    return lines.reduce((sum, line) => sum + (JSON.parse(line) as { loss: number }).loss, 0) / lines.length
  }

  #append(name: string, line: object): void {
    const path = join(this.#folder, name)
    try {
      appendFileSync(path, `${JSON.stringify(line)}\n`)
    } catch (error) {
      throw writeFault(path, error)
    }
  }
}

function keepLines(path: string, lines: number): void {
  if (!existsSync(path)) return
  const content = readFileSync(path)
  let end = 0
  for (let line = 0; line < lines; line++) {
    const newline = content.indexOf(10, end)
    if (newline < 0)
      throw new Fault(`Cannot go on with the lesson as "${path}" lacks lines: remove its folder to begin anew`)
    end = newline + 1
  }
  truncateSync(path, end)
}
