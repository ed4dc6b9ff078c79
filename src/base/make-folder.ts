import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
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
    // Over sshfs one that another machine has made this moment is "not permitted".
    const mayBeThere = ['EEXIST', 'EPERM'].includes(systemCode(error) ?? '')
    if (!mayBeThere || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/**
 * Why no folder can come to be at a path, as the end of a sentence with "as": there, or above it, is a file or a link to
 * nowhere, or a name is too long. Looks only; whether it may be written shows when it is.
 *
 * @returns `undefined` where nothing is in the way
 */
export function obstacleOf(path: string): string | undefined {
  const asked = resolve(path)
  for (let at = asked; ; at = dirname(at)) {
    const found = look(at)
    if (found === 'too long') return 'its name is too long'
    if (found === undefined && at !== dirname(at)) continue
    const name = at === asked ? 'it' : `"${at}"`
    if (found === undefined || isFolder(at)) return undefined
    return `${name} is ${found.isSymbolicLink() ? 'a link to nowhere or to a file' : 'no folder'}`
  }
}

function look(path: string): Stats | 'too long' | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    return systemCode(error) === 'ENAMETOOLONG' ? 'too long' : undefined
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
