import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '../../base/fault.ts'
import { fetchAgain } from '../../base/read-fault.ts'
import { systemFault } from '../../base/system-fault.ts'

/** A file read at chosen positions, never as a whole. */
export class RandomAccessFile {
  readonly path: string
  /** Length in bytes when the file was opened. */
  readonly size: number
  #descriptor: number | undefined

  /** @throws {Fault} when the file is missing or cannot be read */
  constructor(path: string) {
    this.path = path
    try {
      this.#descriptor = openSync(path, 'r')
      const status = fstatSync(this.#descriptor)
      if (!status.isFile()) throw new Error('it is not a file')
      this.size = status.size
    } catch (error) {
      this.close()
      throw systemFault(`Cannot read "${path}"`, error)
    }
  }

  /** The bytes at `position`. @throws {Fault} when the file ends before them */
  read(position: number, length: number): Buffer {
    // Checked before the allocation: the length may come from a lying header.
    if (!(position >= 0 && length >= 0 && position + length <= this.size)) this.#failCut(position + length)
    const bytes = Buffer.allocUnsafe(length)
    this.readInto(bytes, position)
    return bytes
  }

  /** Fills `target` with the bytes at `position`, copied once, by the system. @throws {Fault} when the file ends before */
  readInto(target: Uint8Array, position: number): void {
    if (this.#descriptor === undefined) throw new Error(`Cannot read "${this.path}" as it was closed`)
    let done = 0
    while (done < target.length) {
      let count: number
      try {
        count = readSync(this.#descriptor, target, done, target.length - done, position + done)
      } catch (error) {
        throw systemFault(`Cannot read "${this.path}"`, error)
      }
      if (count === 0) this.#failCut(position + target.length)
      done += count
    }
  }

  /** May be called again. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #failCut(wanted: number): never {
    throw new Fault(
      `Cannot read "${this.path}": it ends after ${this.size} bytes where ${wanted} were expected, so it was cut or is damaged; ${fetchAgain(this.path)}`,
    )
  }
}
