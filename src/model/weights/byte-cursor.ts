import { Fault } from '../../base/fault.ts'
import { fetchAgain } from '../../base/read-fault.ts'
import type { RandomAccessFile } from './random-access-file.ts'

const windowBytes = 65536

/** Far above the longest name; what claims more is damaged. */
const maxTakeBytes = 2 ** 20

/** Reads a file from front to back within bounds, a window at a time. */
export class ByteCursor {
  readonly file: RandomAccessFile
  readonly end: number
  #position: number
  #window: Buffer = Buffer.alloc(0)
  #windowStart = 0

  /** @param end where the readable part stops, at most the file's size */
  constructor(file: RandomAccessFile, start: number, end: number) {
    this.file = file
    this.end = Math.min(end, file.size)
    this.#position = start
  }

  /** The next byte's position in the file. */
  get position(): number {
    return this.#position
  }

  byte(): number {
    return this.take(1)[0]!
  }

  /** The next bytes; a length that reaches beyond the end is a fault before anything is allocated. */
  take(length: number): Buffer {
    if (!(length >= 0 && this.#position + length <= this.end)) {
      throw new Fault(
        `Cannot read "${this.file.path}": it ends inside its description of the tensors, so it was cut or is damaged; ${fetchAgain(this.file.path)}`,
      )
    }
    if (length > maxTakeBytes) {
      throw new Fault(`Cannot read "${this.file.path}": a name of ${length} bytes in it shows that it is damaged`)
    }
    let offset = this.#position - this.#windowStart
    if (offset < 0 || offset + length > this.#window.length) {
      const bytes = Math.min(Math.max(length, windowBytes), this.end - this.#position)
      this.#window = this.file.read(this.#position, bytes)
      this.#windowStart = this.#position
      offset = 0
    }
    this.#position += length
    return this.#window.subarray(offset, offset + length)
  }

  /** The text up to the next line feed, which is passed over. */
  line(): string {
    const bytes: number[] = []
    for (let byte = this.byte(); byte !== 10; byte = this.byte()) {
      bytes.push(byte)
      if (bytes.length > 1000)
        throw new Fault(`Cannot read "${this.file.path}": it is damaged, as a name in it has no end`)
    }
    return Buffer.from(bytes).toString('utf8')
  }
}
