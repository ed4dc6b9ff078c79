import { readFileSync } from 'node:fs'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'
import { unreadable } from '../contents/unreadable.ts'
import type { StudyPath } from '../study.ts'

/** Reads the config of a start from scratch that stands in a file. @throws {Fault} if it is no JSON object */
export function readConfig({ path, written }: StudyPath): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, written, error)
  }
  refuseLfsPointer(written, text)
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw new Fault(`Cannot read "${written}" as JSON: ${(error as Error).message}`, { file: path }, { cause: error })
  }
  throw new Fault(`Cannot use "${written}" as a configuration as it is not a JSON object`)
}
