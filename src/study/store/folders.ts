import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Names in a folder; none where it is not there. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Removes a file or folder. @returns its bytes, also with `dryRun`, which leaves it */
export function removeCounted(path: string, dryRun: boolean): number {
  const bytes = sizeOf(path)
  if (!dryRun) remove(path)
  return bytes
}

function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  return found.isDirectory() ? listFolder(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : found.size
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
