import { readdirSync, rmSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { diskClock } from '../../base/lock.ts'
import { isRefused, systemCode, systemFault } from '../../base/system-fault.ts'

/** Names in a folder; none where it is not there. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Removes a file or folder. @returns its bytes, also with `dryRun`, which leaves it */
export function removeCounted(path: string, dryRun: boolean): number {
  const bytes = sizeOf(path)
  if (!dryRun) remove(path)
  return bytes
}

/** Bytes of a file, or of all files in a folder; 0 where it is not there. */
export function sizeOf(path: string): number {
  const found = statOf(path)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.size
  return listFolder(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

export function exists(path: string): boolean {
  return statOf(path) !== undefined
}

/**
 * A file's facts; `undefined` where there is none, also as what should be its folder is a file, a link to itself or too long a name.
 *
 * @throws {Fault} where this user may not look
 */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(systemCode(error) ?? '')) return undefined
    throw isRefused(error) ? systemFault(`Cannot look at "${path}"`, error) : error
  }
}

/**
 * Whether a file or folder was last changed more than a minute ago, by the clock of its disk: then all machines that share it see
 * it, and who was about to move it to its place has done so.
 */
export function isSettled(path: string): boolean {
  const stat = statOf(path)
  return stat !== undefined && diskClock.nowMs(dirname(path)) - stat.mtimeMs > 60_000
}

export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
