import { existsSync, lstatSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { appendToPlainFile, readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
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
  /** Lines as they were read, and the values of those that were asked for. */
  #kept: Map<string, string | T> | undefined
  /** What another thread has read. */
  readonly #given = new Map<string, T>()
  #isFull = false

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
    const known = this.#changed.get(name) ?? this.#given.get(name)
    if (known !== undefined) return known
    const kept = this.#read()
    const line = kept.get(name)
    if (typeof line !== 'string') return line
    const value = openLine<T>(line)
    if (value === undefined) kept.delete(name)
    else kept.set(name, value)
    return value
  }

  note(name: string, value: T): void {
    if (this.#changed.size === 0) saveAtExit(this)
    this.#changed.set(name, value)
  }

  /** Takes what another thread has read, for as long as the file is not read anew. */
  give(name: string, value: T): void {
    this.#given.set(name, value)
  }

  /** Of all that are in the file. */
  names(): string[] {
    return [...this.#read().keys()]
  }

  get hasPlace(): boolean {
    return existsSync(dirname(this.#file))
  }

  /** Keeps what has been noted; a memory that cannot be kept is left out. */
  save(): void {
    if (this.#changed.size === 0) return
    try {
      removeUnlessFile(this.#file)
      appendToPlainFile(this.#file, [...this.#changed].map(([name, value]) => lineOf(name, value)).join(''))
      if (this.#isFull) this.#tidy()
    } catch {
      // It is worked out again the next time.
    }
    this.#changed.clear()
    this.#given.clear()
    this.#kept = undefined
  }

  #read(): Map<string, string | T> {
    if (this.#kept !== undefined) return this.#kept
    const { lines, byName } = linesByName(this.#file)
    this.#isFull = lines > 2 * byName.size + 1000
    this.#kept = byName
    return this.#kept
  }

  /** Writes the file without its old lines. One that another process adds meanwhile is worked out again. */
  #tidy(): void {
    const current = [...linesByName(this.#file).byName].filter(
      ([name, line]) => openLine(line) !== undefined && this.#isCurrent(name),
    )
    writeFileAtomic(this.#file, current.map(([, line]) => `${line}\n`).join(''))
  }
}

/** Whatever else somebody has put there – a folder, a pipe – is no memory. */
function removeUnlessFile(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat?.isFile() === false) rmSync(path, { recursive: true, force: true })
}

/** How many lines of a memory are not what was written. @param text of its file */
export function brokenLines(text: string): number {
  return text.split('\n').filter((line) => line !== '' && openLine(line) === undefined).length
}

/** The last line of each name, and how many there are. */
function linesByName(file: string): { readonly lines: number; readonly byName: Map<string, string> } {
  try {
    const lines = readPlainFile(file).toString().split('\n')
    const found = lines.filter((line) => line !== '')
    return { lines: found.length, byName: new Map(found.map((line) => [line.slice(0, line.indexOf(' ')), line])) }
  } catch {
    return { lines: 0, byName: new Map() }
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
