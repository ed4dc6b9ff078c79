import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** SHA-256 of a file in hexadecimal, read piece by piece. @throws the system's error */
export function hashFile(path: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(4 * 2 ** 20)
  const file = openSync(path, 'r')
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
