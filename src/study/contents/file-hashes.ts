import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'
import { hubBlob } from '../../base/paths.ts'
import { fetchAgain } from '../../base/read-fault.ts'
import { HashMemory } from '../../content/hash-memory.ts'
import { unreadable } from './unreadable.ts'

/** SHA-256 of files; those that have not changed since they were last read are not read again. */
export class FileHashes {
  readonly #memory: HashMemory
  readonly #signal: AbortSignal | undefined

  /** @param file where the hashes are remembered, by size and time of change */
  constructor(file: string | undefined, signal: AbortSignal | undefined) {
    this.#memory = new HashMemory(file)
    this.#signal = signal
  }

  /**
   * @param written the path as the study has it, for sentences
   * @throws {Fault} when it cannot be read, or is in a cache of the hub and has another hash there by its name
   */
  async of(path: string, written: string): Promise<string> {
    const before = await stat(path).catch((error: unknown) => {
      throw unreadable(path, written, error)
    })
    if (before.isDirectory()) throw new Fault(`Cannot read "${written}" as it is a folder: name a file in it`)
    // To open a pipe waits until somebody writes into it.
    if (!before.isFile())
      throw new Fault(`Cannot read "${written}" as it is a pipe or a device: write what it gives to a file`)
    let sha256 = this.#memory.recall(path, before)
    if (sha256 === undefined) {
      sha256 = await hashFile(path, written, this.#signal)
      this.#memory.note(path, before, sha256)
    }
    refuseDamaged(path, written, sha256)
    return sha256
  }

  save(): void {
    this.#memory.save()
  }
}

/** Small files are named by another hash, and would have to be read for it. */
function refuseDamaged(path: string, written: string, sha256: string): void {
  const { digest = '' } = hubBlob(path) ?? {}
  if (digest.length !== sha256.length || digest === sha256) return
  const advice = fetchAgain(path)
  throw new Fault(`Cannot use "${written}" as it is not what its name in the hub's cache says (damaged): ${advice}`)
}

async function hashFile(path: string, written: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  try {
    let isFirst = true
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
      if (isFirst) refuseLfsPointer(written, chunk as Uint8Array)
      isFirst = false
      hash.update(chunk as Uint8Array)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Fault) throw error
    throw unreadable(path, written, error)
  }
  return hash.digest('hex')
}
