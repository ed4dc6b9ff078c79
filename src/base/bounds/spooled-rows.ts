import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemFault } from '../system-fault.ts'
import { clearAway, temporaryFolder } from '../temporary-folder.ts'

/** Rows in order, of which any may be asked for; an array is one. */
export interface Rows<T> extends Iterable<T> {
  readonly length: number
  at(row: number): T | undefined
}

/** So much is held in memory before it goes to a file. */
const heldBytes = 32 * 1024 * 1024

/**
 * Keeps rows out of memory: as JSON, the last 32 MB of it in memory and what came before in a temporary file, which
 * has no name any more and is gone with the process. Eight bytes a row stay in memory.
 *
 * Rows are what JSON keeps: texts, numbers, lists and objects of them.
 */
export class SpooledRows<T> implements Rows<T> {
  length = 0
  #ends = new Float64Array(1024)
  #held: Buffer = Buffer.alloc(64 * 1024)
  #heldFrom = 0
  #heldEnd = 0
  #file: number | undefined

  /** @throws {Fault} when the temporary file cannot be written */
  push(row: T): void {
    const text = JSON.stringify(row)
    this.#makeRoom(3 * text.length)
    this.#heldEnd += this.#held.write(text, this.#heldEnd)
    if (this.length === this.#ends.length) this.#ends = grown(this.#ends)
    this.#ends[this.length++] = this.#heldFrom + this.#heldEnd
  }

  at(row: number): T | undefined {
    if (!(row >= 0 && row < this.length)) return undefined
    const from = row === 0 ? 0 : this.#ends[row - 1]!
    const end = this.#ends[row]!
    if (from >= this.#heldFrom) {
      return JSON.parse(this.#held.toString('utf8', from - this.#heldFrom, end - this.#heldFrom)) as T
    }
    const bytes = Buffer.allocUnsafe(end - from)
    if (readSync(this.#file!, bytes, 0, bytes.length, from) < bytes.length) {
      throw new Error('The temporary file of rows is shorter than what was written')
    }
    return JSON.parse(bytes.toString('utf8')) as T
  }

  *[Symbol.iterator](): Generator<T> {
    for (let row = 0; row < this.length; row++) yield this.at(row)!
  }

  #makeRoom(bytes: number): void {
    if (this.#heldEnd > 0 && this.#heldEnd + bytes > heldBytes) this.#flush()
    if (this.#heldEnd + bytes <= this.#held.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#heldEnd + bytes, Math.min(heldBytes, 2 * this.#held.length)))
    this.#held.copy(larger, 0, 0, this.#heldEnd)
    this.#held = larger
  }

  #flush(): void {
    this.#file ??= this.#openFile()
    try {
      for (let at = 0; at < this.#heldEnd; ) at += writeSync(this.#file, this.#held, at, this.#heldEnd - at)
    } catch (error) {
      throw systemFault(`Cannot keep temporary files in "${tmpdir()}"`, error, {
        ENOSPC: 'the disk is full: set TMPDIR to another folder',
      })
    }
    this.#heldFrom += this.#heldEnd
    this.#heldEnd = 0
  }

  #openFile(): number {
    const folder = temporaryFolder('reteach-rows-')
    try {
      const file = openSync(join(folder, 'rows'), 'wx+')
      openFiles.register(this, file)
      return file
    } finally {
      // What is open can be read without a name, and a process that is killed leaves nothing behind.
      clearAway(folder)
    }
  }
}

const openFiles = new FinalizationRegistry<number>((file) => closeSync(file))

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length)
  larger.set(values)
  return larger
}

/** Some of the rows, in the order of their numbers. */
export function chosenRows<T>(rows: Rows<T>, numbers: Int32Array): Rows<T> {
  return viewOf(numbers.length, (at) => rows.at(numbers[at]!)!)
}

/** The rows as a function makes them, each time that one is asked for. */
export function convertedRows<T, U>(rows: Rows<T>, convert: (row: T) => U): Rows<U> {
  return viewOf(rows.length, (at) => convert(rows.at(at)!))
}

function viewOf<T>(length: number, get: (at: number) => T): Rows<T> {
  return {
    length,
    at: (row) => (row >= 0 && row < length ? get(row) : undefined),
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row++) yield get(row)
    },
  }
}
