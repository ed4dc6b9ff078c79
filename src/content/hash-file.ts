import { createHash } from 'node:crypto'
import { closeSync, readSync } from 'node:fs'
import { openPlainFile } from '../base/atomic-file.ts'

/** SHA-256 of a file in hexadecimal, read piece by piece. @throws the system's error */
export function hashFile(path: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(4 * 2 ** 20)
  const file = openPlainFile(path)
  try {
    for (;;) {
      const count = readSync(file, piece, 0, piece.length, null)
      if (count === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, count))
    }
  } finally {
    closeSync(file)
  }
}
