import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Fault } from './fault.ts'
import { systemFault } from './system-fault.ts'

/** A name beside `path` that no other process uses; the writer renames it to `path` when the content is whole. */
export function temporaryBeside(path: string): string {
  return `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`
}

/**
 * Writes a whole file or none of it: to a temporary name in the same folder, then one rename.
 *
 * @throws {Fault} naming the file when the disk is full or the folder cannot be written
 */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = temporaryBeside(path)
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(temporary, content, { flush: true })
    renameSync(temporary, path)
  } catch (error) {
    removeQuietly(temporary)
    throw writeFault(path, error)
  }
}

/** Removes a file that may not be there, whatever else is wrong with its place: the first error is the one to tell. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The failure that is being reported says more.
  }
}

/** Turns a failed write into a sentence that names the file and what to do. */
export function writeFault(path: string, error: unknown): Fault {
  const full = `the disk is full${freeSpace(path)}: free some space and run again`
  const readOnly = 'the folder is read-only for this user'
  return systemFault(`Cannot write "${path}"`, error, {
    ENOSPC: full,
    EDQUOT: full,
    EACCES: readOnly,
    EROFS: readOnly,
    EPERM: readOnly,
    ENOENT: 'there is no such folder',
    ENOTDIR: 'its folder is a file',
  })
}

function freeSpace(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return ` (${Math.floor((bavail * bsize) / 1e6)} MB left)`
  } catch {
    return ''
  }
}
