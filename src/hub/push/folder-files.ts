import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { Fault } from '../../base/fault.ts'
import type { NoticeListener } from '../../base/notice.ts'
import { realPath } from '../../base/paths.ts'
import { readFault } from '../../base/read-fault.ts'
import { systemFault } from '../../base/system-fault.ts'

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
 * has written of its step. Links are followed; one that leads back to a folder that it is in is left out, with a note.
 *
 * @throws {Fault} when there is no such folder or nothing in it, or a link leads to nothing
 */
export function folderFiles(folder: string, onNotice: NoticeListener): FolderFile[] {
  const files = filesBelow(folder, '', [], onNotice).sort((a, b) => (a.path < b.path ? -1 : 1))
  const isStep = ofSteps.every((name) => files.some(({ path }) => path === name))
  const wanted = isStep ? files.filter(({ path }) => !ofSteps.includes(path)) : files
  if (wanted.length === 0) throw new Fault(`Cannot push the folder "${folder}" as there are no files in it`)
  return wanted
}

/** @param above the folders on the way, without links */
function filesBelow(folder: string, within: string, above: readonly string[], onNotice: NoticeListener): FolderFile[] {
  const way = [...above, realPath(folder)]
  return entriesOf(folder).flatMap(({ name }) => {
    if (name.startsWith('.')) return []
    const place = join(folder, name)
    const path = `${within}${name}`
    const found = statOf(place)
    if (found.isFile()) return [{ path, place, size: found.size }]
    if (!found.isDirectory()) throw new Fault(`Cannot push "${place}" as it is no file: remove it from the folder`)
    const real = realPath(place)
    if (!way.some((one) => isWithin(one, real))) return filesBelow(place, `${path}/`, way, onNotice)
    onNotice(`Left out "${place}" as it is a link back to a folder that it is in`)
    return []
  })
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function statOf(place: string): Stats {
  try {
    return statSync(place)
  } catch (error) {
    throw systemFault(`Cannot push "${place}"`, error, {
      ENOENT: 'it is a link to nothing: remove it from the folder',
      ELOOP: 'it is a link that leads to itself: remove it from the folder',
    })
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw readFault(folder, error)
  }
}
