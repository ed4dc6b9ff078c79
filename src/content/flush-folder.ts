import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Waits until all of a folder is on the disk: content must be there before the folder is renamed, or a power cut leaves an empty
 * file under a finished name.
 */
export function flushFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) flushFolder(path)
    else if (entry.isFile()) flush(path)
  }
  flush(folder)
}

/** As {@link flushFolder} for a file, or the names that a folder holds. Only reading is asked for, as a file may not be writable. */
export function flush(path: string): void {
  if (process.platform === 'win32') return
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
