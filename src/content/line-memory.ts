import { appendFileSync, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
import { saveAtExit } from './save-at-exit.ts'
import { sha256Of } from './sha256.ts'

/**
 * Values by name that processes have worked out, in a file of lines that each process adds its own to, so that what one of a
 * thousand has learned costs one line and not the whole file. The last line of a name counts. Each ends with a part of its own hash:
 * one that two machines have written into each other, or that has been changed, is not there.
 */
export class LineMemory<T extends object> {
  readonly #file: string
  readonly #isCurrent: (name: string) => boolean
  readonly #changed = new Map<string, T>()
  #kept: Map<string, string> | undefined
  #lines = 0

  /**
   * @param file where it is kept; one that cannot be read or written is no memory
   * @param isCurrent whether a name is still worth a line, when the file is written anew for being full of old ones
   */
  constructor(file: string, isCurrent: (name: string) => boolean) {
    this.#file = file
    this.#isCurrent = isCurrent
  }

  /** @param name has no white space */
  recall(name: string): T | undefined {
    const changed = this.#changed.get(name)
    if (changed !== undefined) return changed
    const line = this.#read().get(name)
    return line === undefined ? undefined : openLine(line)
  }

  note(name: string, value: T): void {
    if (this.#changed.size === 0) saveAtExit(this)
    this.#changed.set(name, value)
  }

  get hasPlace(): boolean {
    return existsSync(dirname(this.#file))
  }

  /** Keeps what has been noted; a memory that cannot be kept is left out. */
  save(): void {
    if (this.#changed.size === 0) return
    const kept = this.#read()
    const lines = [...this.#changed].map(([name, value]) => lineOf(name, value))
    try {
      if (this.#lines + lines.length > 2 * kept.size + 1000) this.#writeAnew(lines)
      else appendFileSync(this.#file, lines.join(''))
    } catch {
      // It is worked out again the next time.
    }
    this.#changed.clear()
    this.#kept = undefined
  }

  #writeAnew(lines: readonly string[]): void {
    const old = [...this.#read()].filter(([name, line]) => !this.#changed.has(name) && openLine(line) !== undefined)
    const rest = old.filter(([name]) => this.#isCurrent(name)).map(([, line]) => `${line}\n`)
    writeFileAtomic(this.#file, [...rest, ...lines].join(''))
  }

  #read(): Map<string, string> {
    if (this.#kept !== undefined) return this.#kept
    const lines = linesOf(this.#file)
    this.#lines = lines.length
    this.#kept = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line]))
    return this.#kept
  }
}

/** How many lines of a memory's file are not what was written. @throws the system's error */
export function brokenLines(file: string): number {
  const lines = readPlainFile(file).toString().split('\n')
  return lines.filter((line) => line !== '' && openLine(line) === undefined).length
}

function linesOf(file: string): string[] {
  try {
    const lines = readPlainFile(file).toString().split('\n')
    return lines.filter((line) => line !== '')
  } catch {
    return []
  }
}

function lineOf(name: string, value: object): string {
  const text = `${name} ${JSON.stringify(value)}`
  return `${text}${sealOf(text)}\n`
}

function openLine<T>(line: string): T | undefined {
  const text = line.slice(0, -sealLength)
  if (sealOf(text) !== line.slice(-sealLength)) return undefined
  return JSON.parse(text.slice(text.indexOf(' ') + 1)) as T
}

/** Enough that no torn line is taken for a whole one. */
function sealOf(text: string): string {
  return ` ${sha256Of(text).slice(0, sealLength - 1)}`
}

const sealLength = 17
