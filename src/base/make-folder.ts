import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from './system-fault.ts'

/**
 * Makes a folder and those above it that are missing; one that is there is left as it is.
 *
 * Node's recursive `mkdir` never returns where the system will have no new folder and answers that the parent is
 * missing, as below /proc.
 *
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path))
    makeOne(path)
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const isThere = systemCode(error) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()
    if (!isThere) throw error
  }
}
