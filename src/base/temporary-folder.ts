import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemFault } from './system-fault.ts'

/**
 * Makes a new folder for what is gone afterwards, in the system's folder for such. Where the process exits before whoever
 * asked for it has removed it, as `| head` makes it do, it is removed then.
 *
 * @param prefix of its name
 * @throws {Fault} when that folder, which TMPDIR names, is not there or cannot be written
 */
export function temporaryFolder(prefix: string): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), prefix))
    keepForExit(folder)
    return folder
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

/**
 * Removes a file or folder that is of no use any more, if it is there. That it cannot be removed is no fault: where it is called,
 * work has succeeded or there is a better reason why it has not.
 */
export function clearAway(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // What is left takes room and no more.
  }
}

const folders = new Set<string>()
let isHeard = false

function keepForExit(folder: string): void {
  if (!isHeard) process.once('exit', removeAll)
  isHeard = true
  for (const other of folders) if (!existsSync(other)) folders.delete(other)
  folders.add(folder)
}

function removeAll(): void {
  for (const folder of folders) clearAway(folder)
}
