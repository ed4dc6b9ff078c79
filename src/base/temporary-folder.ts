import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemFault } from './system-fault.ts'

/**
 * Makes a new folder for what is gone afterwards, in the system's folder for such.
 *
 * @param prefix of its name
 * @throws {Fault} when that folder, which TMPDIR names, is not there or cannot be written
 */
export function temporaryFolder(prefix: string): string {
  try {
    return mkdtempSync(join(tmpdir(), prefix))
  } catch (error) {
    throw systemFault(`Cannot keep temporary files in "${tmpdir()}"`, error, {
      ENOENT: 'there is no such folder: set TMPDIR to one that is there',
      ENOTDIR: 'it is a file: set TMPDIR to a folder',
      EACCES: 'this user may not write there: set TMPDIR to another folder',
      EPERM: 'this user may not write there: set TMPDIR to another folder',
      EROFS: 'it is read-only: set TMPDIR to another folder',
      ENOSPC: 'the disk is full: set TMPDIR to another folder',
    })
  }
}
