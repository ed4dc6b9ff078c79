import { closeSync, readSync } from 'node:fs'
import { openPlainFile } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { systemCode, systemFault } from '../../base/system-fault.ts'
import { pageMark } from './page-html.ts'

/** More than stands before the mark of a page. */
const beginningBytes = 4096

/**
 * Looks whether a page may be written to a path, before the work whose results it shows: nothing is there, or a page of ours.
 *
 * @throws {Fault} naming what else is there
 */
export function requireReplaceablePage(path: string): void {
  const beginning = beginningOf(path)
  if (beginning === undefined) return
  if (beginning.startsWith('<!doctype html>') && beginning.includes(pageMark)) return
  throw new Fault(`Cannot write the page over "${path}", which is no page of a study: name another file`)
}

/** `undefined` where there is no file. */
function beginningOf(path: string): string | undefined {
  let file: number
  try {
    file = openPlainFile(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw systemFault(`Cannot write the page over "${path}"`, error)
  }
  try {
    const bytes = Buffer.alloc(beginningBytes)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } catch (error) {
    throw systemFault(`Cannot write the page over "${path}"`, error)
  } finally {
    closeSync(file)
  }
}
