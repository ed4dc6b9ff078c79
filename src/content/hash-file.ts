import { createHash } from 'node:crypto'
import { closeSync, fstatSync, readSync } from 'node:fs'
import { openPlainFile } from '../base/atomic-file.ts'

/** SHA-256 of a file in hexadecimal, read piece by piece. @throws the system's error */
export function hashFile(path: string): string {
  const hash = createHash('sha256')
  const file = openPlainFile(path)
  try {
    // Most files of a store are small, and there may be a hundred thousand of them: memory as for weights would cost more than reading.
    const piece = Buffer.allocUnsafe(Math.min(fstatSync(file).size + 1, 4 * 2 ** 20))
    for (;;) {
      const count = readSync(file, piece, 0, piece.length, null)
      if (count === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, count))
    }
  } finally {
    closeSync(file)
  }
}
