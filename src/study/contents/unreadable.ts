import { readdirSync, readlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { systemCode, systemFault } from '../../base/system-fault.ts'

/** Why a file or folder that a study names cannot be read, with its nearest neighbour where it is not there. */
export function unreadable(path: string, written: string, error: unknown): Fault {
  const shown = path.endsWith(written) ? `"${written}"` : `"${written}" (${path})`
  const code = systemCode(error)
  const target = code === 'ENOENT' ? danglingTarget(path) : undefined
  if (target !== undefined) {
    return new Fault(`Cannot find ${shown} as it is a link to "${target}", which is not there`, undefined, {
      cause: error,
    })
  }
  if (code === 'ENOENT') return new Fault(`Cannot find ${shown}${neighbour(path)}`, undefined, { cause: error })
  const attempt = `Cannot ${code === 'ENOTDIR' ? 'use' : 'read'} ${shown}`
  return systemFault(attempt, error, {
    ENOTDIR: 'it is a file, not a folder',
    EISDIR: 'it is a folder: name a file in it',
  })
}

function danglingTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** `: did you mean "b.csv"?`, from the names in the same folder. */
function neighbour(path: string): string {
  try {
    return didYouMean(basename(path), readdirSync(dirname(path)))
  } catch {
    return ''
  }
}
