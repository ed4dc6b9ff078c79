import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import type { LabelCalibration } from '../metrics/statistics/label-calibration.ts'
import type { UsableModel } from './usable-model.ts'
import type { UsableTask } from './usable-task.ts'

/** What lies as `reteach.json` in an exported model's folder, beside the files that transformers reads. */
export interface ReteachFile {
  readonly format: typeof reteachFormat
  /** The version of this program that has written it. */
  readonly program: string
  readonly task: UsableTask
  readonly calibration?: LabelCalibration
}

export const reteachFormat = 1
export const reteachFileName = 'reteach.json'

/**
 * An exported model, which knows what it is to do.
 *
 * @returns `undefined` for a folder without `reteach.json`
 * @throws {Fault} if that file is damaged, or of a later version of this program
 */
export function exportedModel(folder: string): UsableModel | undefined {
  const path = join(folder, reteachFileName)
  if (!existsSync(path)) return undefined
  const { task, calibration } = readReteachFile(path)
  return { folder, task, calibration: { kind: 'known', calibration } }
}

function readReteachFile(path: string): ReteachFile {
  let file: Partial<ReteachFile> | null
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as Partial<ReteachFile> | null
  } catch (error) {
    throw new Fault(`Cannot read "${path}" as JSON: export the model again`, undefined, { cause: error })
  }
  if (file?.format === reteachFormat && typeof file.task?.prefix === 'string') return file as ReteachFile
  throw new Fault(`Cannot use "${path}" as it ${whyOdd(file)}`)
}

function whyOdd(file: Partial<ReteachFile> | null): string {
  const format: unknown = file?.format
  if (format === undefined) return 'says no format: export the model again'
  if (format === reteachFormat) return 'says no task: export the model again'
  const by = typeof file?.program === 'string' ? ` (${file.program})` : ''
  return `is of format ${JSON.stringify(format)}, not ${reteachFormat}: export the model again, or use the program that wrote it${by}`
}
