import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { HubFile } from './repo.ts'

interface ReadingOptions {
  /** Told how many bytes of a path have been read, after each MiB. */
  readonly onBytes?: (done: number) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Whether something of the right size is what the hub has: by SHA-256 for large files, by git's SHA-1 for small ones.
 *
 * @param content a path, or the bytes themselves
 * @throws the system's error, and that of an aborted signal
 */
export async function isContentOf(
  { size, sha256, gitSha1 }: HubFile,
  content: string | Buffer,
  { onBytes, signal }: ReadingOptions = {},
): Promise<boolean> {
  const hash = createHash(sha256 === undefined ? 'sha1' : 'sha256')
  if (sha256 === undefined) hash.update(`blob ${size}\0`)
  if (typeof content !== 'string') hash.update(content)
  else if (size > 0) {
    let done = 0
    for await (const chunk of createReadStream(content, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
      hash.update(chunk as Buffer)
      done += (chunk as Buffer).length
      onBytes?.(done)
    }
  }
  return hash.digest('hex') === (sha256 ?? gitSha1)
}
