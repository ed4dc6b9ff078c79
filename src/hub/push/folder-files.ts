import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { readFault } from '../../base/read-fault.ts'

/** A file that is to go to the hub. */
export interface FolderFile {
  /** In the repository, with slashes. */
  readonly path: string
  readonly place: string
  readonly size: number
}

/** What a step of a study keeps of itself beside its model; it names folders and machines. */
const ofSteps = ['done.json', 'step.json']

/**
 * The files of a folder and of folders in it, by their paths; hidden ones, such as `.git`, are left out, and so is what a study
 * has written of its step.
 *
 * @throws {Fault} when there is no such folder, or nothing in it
 */
export function folderFiles(folder: string): FolderFile[] {
  const files = filesBelow(folder, '').sort((a, b) => (a.path < b.path ? -1 : 1))
  const isStep = ofSteps.every((name) => files.some(({ path }) => path === name))
  const wanted = isStep ? files.filter(({ path }) => !ofSteps.includes(path)) : files
  if (wanted.length === 0) throw new Fault(`Cannot push the folder "${folder}" as there are no files in it`)
  return wanted
}

function filesBelow(folder: string, within: string): FolderFile[] {
  return entriesOf(folder).flatMap(({ name }) => {
    if (name.startsWith('.')) return []
    const place = join(folder, name)
    const path = `${within}${name}`
    const found = statSync(place, { throwIfNoEntry: false })
    if (found?.isDirectory()) return filesBelow(place, `${path}/`)
    if (found?.isFile()) return [{ path, place, size: found.size }]
    throw new Fault(`Cannot push "${place}" as it is no file: remove it from the folder`)
  })
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw readFault(folder, error)
  }
}
