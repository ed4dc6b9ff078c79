import { stat } from 'node:fs/promises'
import type { Fault } from '../../base/fault.ts'
import type { FileSource, StudyPath } from '../study.ts'
import { unreadable } from './unreadable.ts'

/** The files and folders of tables that are not there, each with the reason. */
export async function missingPaths(
  sources: readonly FileSource[],
): Promise<{ readonly source: FileSource; readonly at: StudyPath['at']; readonly fault: Fault }[]> {
  const missing = []
  for (const source of sources) {
    for (const { path, written, at } of source.paths) {
      try {
        await stat(path)
      } catch (error) {
        missing.push({ source, at, fault: unreadable(path, written, error) })
      }
    }
  }
  return missing
}
