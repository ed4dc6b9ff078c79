import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { folderReasons, systemFault } from '../base/system-fault.ts'
import { weightFilesIn } from '../model/weights/weight-files.ts'
import { modelFilesIn } from './model-files.ts'

/**
 * Tells a folder's model from another one, wherever it lies: by the content of its files, and of weights by size and time, as
 * reading them takes long.
 *
 * @returns a digest in hex
 * @throws {Fault} on a folder or file that cannot be read
 */
export function modelStamp(folder: string): string {
  const hash = createHash('sha256')
  const names = modelFilesIn(folder, namesIn(folder))
  const weights = weightFilesIn(folder).filter((name) => !name.endsWith('.json'))
  for (const name of names) {
    const path = join(folder, name)
    try {
      if (weights.includes(name)) {
        const { size, mtimeMs } = statSync(path)
        hash.update(`${name} ${size} ${Math.floor(mtimeMs)}\n`)
      } else {
        const content = readFileSync(path)
        hash.update(`${name} ${content.length}\n`).update(content)
      }
    } catch (error) {
      throw systemFault(`Cannot read "${path}"`, error)
    }
  }
  return hash.digest('hex')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    throw systemFault(`Cannot read model "${folder}"`, error, folderReasons)
  }
}
