import { stat } from 'node:fs/promises'
import { hubBlob } from '../base/paths.ts'
import { readFault } from '../base/read-fault.ts'
import { isContentOf } from './is-content-of.ts'
import type { HubListeners } from './listeners.ts'
import type { HubFile, HubRepo } from './repo.ts'

interface Comparing extends Pick<HubListeners, 'onCompare' | 'signal'> {
  /** Paths of blobs whose content was compared and is right; absent where no content is to be read. */
  readonly compared?: Set<string>
}

/**
 * Whether what lies in the cache has another size or content than the hub says or, where the hub was not asked, than it is
 * named by. What does not lie among the blobs – a plain copy in a snapshot – may be anybody's, and nothing is said of it.
 *
 * @param place the file in the snapshot, or its blob; it must be there
 * @param listed as the hub has it, or only its path in the repository
 * @throws {Fault} when it cannot be read
 */
export async function isDamaged(
  place: string,
  listed: HubFile | string,
  { name: repo }: HubRepo,
  { compared, onCompare, signal }: Comparing,
): Promise<boolean> {
  const blob = hubBlob(place)
  if (blob === undefined) return false
  const { path, digest } = blob
  const { size } = await stat(path)
  const file = typeof listed === 'string' ? namedFile(listed, size, digest) : listed
  if (size !== file.size) return true
  if (compared === undefined || compared.has(path)) return false
  const onBytes = (doneBytes: number): void => onCompare?.({ repo, file: file.path, doneBytes, totalBytes: size })
  try {
    if (!(await isContentOf(file, path, { onBytes, signal }))) return true
  } catch (error) {
    signal?.throwIfAborted()
    throw readFault(path, error)
  }
  compared.add(path)
  return false
}

/** What a blob should be by its name. */
function namedFile(path: string, size: number, digest: string): HubFile {
  return { path, size, gitSha1: digest, ...(digest.length === 64 && { sha256: digest }) }
}
