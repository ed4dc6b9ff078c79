import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { HubFile } from './repo.ts'

/**
 * Whether something of the right size is what the hub has: by SHA-256 for large files, by git's SHA-1 for small ones.
 *
 * @param content a path, or the bytes themselves
 */
export async function isContentOf({ size, sha256, gitSha1 }: HubFile, content: string | Buffer): Promise<boolean> {
  const hash = createHash(sha256 === undefined ? 'sha1' : 'sha256')
  if (sha256 === undefined) hash.update(`blob ${size}\0`)
  if (typeof content !== 'string') hash.update(content)
  else if (size > 0)
    for await (const chunk of createReadStream(content, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex') === (sha256 ?? gitSha1)
}
