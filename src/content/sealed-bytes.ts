import { createHash } from 'node:crypto'
import { closeSync, fstatSync, readSync } from 'node:fs'
import { fillFileAtomic, openPlainFile } from '../base/atomic-file.ts'

/**
 * Writes parts one behind the other, and behind them their sha256, so that whoever reads them sees whether they are what was
 * written; the whole file or none of it.
 *
 * @throws {Fault} as `writeFileAtomic`
 */
export async function writeSealedBytes(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const hash = createHash('sha256')
  await fillFileAtomic(path, async (append) => {
    for (const part of parts) {
      hash.update(part)
      append(part)
    }
    append(hash.digest())
  })
}

/** The content of a sealed file, at offset 0 of a buffer of its own; `undefined` where it is not there or not what was written. */
export function readSealedBytes(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = readWhole(path)
    const content = bytes.subarray(0, -sealBytes)
    const seal = createHash('sha256').update(content).digest()
    return bytes.length >= sealBytes && seal.equals(bytes.subarray(-sealBytes)) ? content : undefined
  } catch {
    return undefined
  }
}

/** Of a sha256. */
const sealBytes = 32
/** One call may read less than it was asked for. */
const sliceBytes = 64 * 2 ** 20

function readWhole(path: string): Uint8Array<ArrayBuffer> {
  const file = openPlainFile(path)
  try {
    const bytes = new Uint8Array(fstatSync(file).size)
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, Math.min(sliceBytes, bytes.length - at), at)
      if (count === 0) throw new RangeError(`"${path}" became shorter`)
      at += count
    }
    return bytes
  } finally {
    closeSync(file)
  }
}
