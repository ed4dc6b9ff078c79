import { appendFileSync, copyFileSync, existsSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile, writeFault, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { makeFolder } from '../base/make-folder.ts'

/** The lines of both logs, each ended by a line feed. */
export interface LogTexts {
  readonly updates: string
  readonly evaluations: string
}

const [updatesName, evaluationsName] = ['log.jsonl', 'evaluations.jsonl'] as const

/** `log.jsonl` and `evaluations.jsonl` of a lesson under way; they grow beside its state and move to the result. */
export class LessonLogs {
  readonly #folder: string
  readonly #confirm: () => void

  /** @param confirm called before a line is added; throws where the logs have become another process's */
  constructor(folder: string, confirm: () => void = () => {}) {
    this.#folder = folder
    this.#confirm = confirm
    makeFolder(folder)
  }

  /** What is logged so far. */
  texts(): LogTexts {
    return { updates: this.#read(updatesName), evaluations: this.#read(evaluationsName) }
  }

  /**
   * Has what a state says that the lesson has logged, whatever the files say.
   *
   * @throws {Fault} where an older state knows only how many lines there were, and there are fewer
   */
  goOnFrom(state: { readonly logs?: LogTexts; readonly logLines: number; readonly evaluationLines: number }): void {
    const { logs } = state
    if (logs !== undefined) {
      writeFileAtomic(join(this.#folder, updatesName), logs.updates)
      writeFileAtomic(join(this.#folder, evaluationsName), logs.evaluations)
      return
    }
    keepLines(join(this.#folder, updatesName), state.logLines)
    keepLines(join(this.#folder, evaluationsName), state.evaluationLines)
  }

  #read(name: string): string {
    const path = join(this.#folder, name)
    return existsSync(path) ? readPlainFile(path).toString() : ''
  }

  update(line: { step: number; loss: number; grad_norm: number; learning_rate: number; tokens: number }): void {
    this.#append(updatesName, line)
  }

  evaluation(line: { step: number; loss: number; [more: string]: unknown }): void {
    this.#append(evaluationsName, line)
  }

  moveTo(folder: string): void {
    for (const name of [updatesName, evaluationsName]) {
      const from = join(this.#folder, name)
      const to = join(folder, name)
      try {
        if (this.#read(name) !== '') copyFileSync(from, to)
        else rmSync(to, { force: true })
      } catch (error) {
        throw writeFault(to, error)
      }
    }
  }

  /** The mean loss of the last updates, read from a finished log; NaN for a lesson without updates. */
  meanOfLast(count: number, folder: string): number {
    const path = join(folder, updatesName)
    if (!existsSync(path)) return Number.NaN
    const lines = readPlainFile(path).toString().trim().split('\n').slice(-count)
    return lines.reduce((sum, line) => sum + (JSON.parse(line) as { loss: number }).loss, 0) / lines.length
  }

  #append(name: string, line: object): void {
    this.#confirm()
    const path = join(this.#folder, name)
    try {
      appendFileSync(path, `${JSON.stringify(line)}\n`)
    } catch (error) {
      throw writeFault(path, error)
    }
  }
}

function keepLines(path: string, lines: number): void {
  if (!existsSync(path) && lines === 0) return
  const content = existsSync(path) ? readPlainFile(path) : Buffer.alloc(0)
  let end = 0
  for (let line = 0; line < lines; line++) {
    const newline = content.indexOf(10, end)
    if (newline < 0)
      throw new Fault(`Cannot go on with the lesson as "${path}" lacks lines: remove its folder to begin anew`)
    end = newline + 1
  }
  truncateSync(path, end)
}
