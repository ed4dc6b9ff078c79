import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { packageFolder } from '../../base/package.ts'

/** What a store is called where nobody gives it a name. */
export const storeName = '.reteach'

/**
 * The store that every command on a study works in: the one given, else `.reteach` beside the study file. A study that comes
 * with reteach has it where the command is run, as the package's own folder may not be written to and goes with an update.
 */
export function storeFolder(study: string, { store }: { readonly store?: string }): string {
  const folder = store ?? (comesWithReteach(study) ? storeName : join(dirname(study), storeName))
  if (isOther(folder)) throw new Fault(`Cannot use "${folder}" as a store as it is no folder: give another --store`)
  return folder
}

function isOther(path: string): boolean {
  try {
    return !statSync(path).isDirectory()
  } catch {
    // It is not there yet, or whoever reads it will say what is wrong.
    return false
  }
}

function comesWithReteach(study: string): boolean {
  const inside = relative(join(realPath(packageFolder), 'examples'), realPath(study))
  return !isAbsolute(inside) && inside.split(sep)[0] !== '..'
}

/** Without symbolic links; of what is not there, the path as it is written. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
