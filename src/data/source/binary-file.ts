import { Fault } from '../../base/fault.ts'
import type { OpenFile } from './open-file.ts'

/** What is read from an archive as a whole, as its format needs random access, may not be larger than this. */
const maxWholeBytes = 1024 ** 3

/**
 * Reads all bytes of a file.
 *
 * @throws {Fault} when there are more than a gigabyte
 */
export async function readWhole(file: OpenFile): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of file.bytes()) {
    parts.push(part)
    total += part.length
    if (total > maxWholeBytes)
      throw new Fault(`Cannot read "${file.name}" inside its archive as it is over 1 GB: unpack it`)
  }
  return Buffer.concat(parts)
}
