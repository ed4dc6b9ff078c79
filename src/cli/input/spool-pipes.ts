import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readFault } from '../../base/read-fault.ts'
import { clearAway, temporaryFolder } from '../../base/temporary-folder.ts'
import { endingSignals } from '../print/interrupts.ts'

/** Files that may be read from any place, more than once. */
export interface SpooledFiles {
  readonly paths: readonly string[]
  /** A sentence with the names that were given in place of those of the copies. */
  told(sentence: string): string
  /** Removes the copies. */
  remove(): void
}

/**
 * Copies standard input (`-`) and pipes such as `<(zcat rows.gz)` into files for the time of a command, as a table's format is
 * told by its beginning before its rows are read.
 *
 * @throws {Fault} when one cannot be read
 */
export async function spoolPipes(paths: readonly string[]): Promise<SpooledFiles> {
  let folder: string | undefined
  const removeNow = (): void => {
    if (folder !== undefined) clearAway(folder)
  }
  const end = (signal: NodeJS.Signals): void => {
    removeNow()
    process.kill(process.pid, signal)
  }
  const remove = (): void => {
    for (const signal of endingSignals) process.off(signal, end)
    removeNow()
  }
  const spooled: string[] = []
  try {
    for (const [i, path] of paths.entries()) {
      if (!(await isPipe(path))) spooled.push(path)
      else {
        if (folder === undefined) {
          for (const signal of endingSignals) process.once(signal, end)
          folder = temporaryFolder('reteach-rows-')
        }
        spooled.push(await copied(path, join(folder, path === '-' ? 'standard-input' : `pipe-${i + 1}`)))
      }
    }
  } catch (error) {
    remove()
    throw error
  }
  const told = (sentence: string): string =>
    spooled.reduce((text, copy, i) => {
      const given = paths[i]!
      return copy === given ? text : text.replaceAll(copy, given === '-' ? 'standard input' : given)
    }, sentence)
  return { paths: spooled, told, remove }
}

async function isPipe(path: string): Promise<boolean> {
  if (path === '-') return true
  const info = await stat(path).catch(() => undefined)
  return info?.isFIFO() === true || info?.isSocket() === true
}

async function copied(path: string, to: string): Promise<string> {
  const source = path === '-' ? process.stdin : createReadStream(path)
  try {
    await pipeline(source, createWriteStream(to))
  } catch (error) {
    throw readFault(path, error)
  }
  return to
}
