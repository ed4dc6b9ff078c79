import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { obstacleOf } from '../../base/make-folder.ts'
import { packageFolder } from '../../base/package.ts'
import { realPath } from '../../base/paths.ts'

/** What a store is called where nobody gives it a name. */
export const storeName = '.reteach'

/**
 * The store that every command on a study works in: the one given, else `.reteach` beside the study file. A study that comes
 * with reteach has it where the command is run, as the package's own folder may not be written to and goes with an update.
 */
export function storeFolder(study: string, { store }: { readonly store?: string }): string {
  const folder = store ?? (comesWithReteach(study) ? storeName : join(dirname(study), storeName))
  const obstacle = obstacleOf(folder)
  if (obstacle !== undefined) throw new Fault(`Cannot use "${folder}" as a store as ${obstacle}: give another --store`)
  return folder
}

function comesWithReteach(study: string): boolean {
  const inside = relative(join(realPath(packageFolder), 'examples'), realPath(study))
  return !isAbsolute(inside) && inside.split(sep)[0] !== '..'
}
