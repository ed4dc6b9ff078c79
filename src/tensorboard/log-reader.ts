import { openSync } from 'node:fs'
import { Fault } from '../base/fault.ts'
import { grownText } from '../base/lines.ts'
import { systemCode } from '../base/system-fault.ts'

/** The numbers of a line of a lesson's log. */
export interface LogLine {
  readonly group: 'train' | 'eval'
  readonly step: number
  /** By their names; one that is none is NaN. */
  readonly numbers: Readonly<Record<string, number>>
}

/** Reads a log that grows, each line once. */
export class LogReader {
  readonly #path: string
  #next = 0

  constructor(path: string) {
    this.#path = path
  }

  /**
   * The whole lines that are there since the last time. Of a log that has become shorter, as a lesson has gone on from an older
   * state, it begins anew; nothing where there is no log yet.
   *
   * @throws {Fault} when a line is no JSON
   */
  lines(): Omit<LogLine, 'group'>[] {
    const text = this.#newText()
    return text.split('\n').flatMap((line) => (line === '' ? [] : [this.#parsed(line)]))
  }

  /** All of a finished log. */
  allLines(group: LogLine['group']): LogLine[] {
    return this.lines().map((line) => ({ ...line, group }))
  }

  #newText(): string {
    let file: number
    try {
      file = openSync(this.#path, 'r')
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return ''
      throw error
    }
    const { text, next } = grownText(file, this.#next)
    this.#next = next
    return text
  }

  #parsed(line: string): Omit<LogLine, 'group'> {
    try {
      const { step, scores, ...rest } = JSON.parse(line) as { readonly step: number; readonly scores?: object }
      return { step, numbers: numbersOf({ ...rest, ...scores }) }
    } catch (error) {
      throw new Fault(`Cannot read a line of "${this.#path}" as it is no JSON`, undefined, { cause: error })
    }
  }
}

/** JSON has no NaN: such a number is written as null. */
function numbersOf(fields: object): Record<string, number> {
  const named = Object.entries(fields).flatMap(([name, value]): [string, number][] => {
    if (typeof value !== 'number' && value !== null) return []
    return [[name, value ?? Number.NaN]]
  })
  return Object.fromEntries(named)
}
