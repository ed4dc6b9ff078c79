import type { DeviceName } from '../lesson/device.ts'
import { type GenerationOptions, mergeGeneration } from '../lesson/generation.ts'
import type { LabelCalibration } from '../metrics/statistics/label-calibration.ts'
import { answering } from '../study/steps/answer-request.ts'
import type { UsableTask } from './usable-task.ts'

/** A finished model that knows what it is to do. */
export interface UsableModel {
  readonly folder: string
  readonly task: UsableTask
  /** What its confidences are calibrated by. */
  readonly calibration: CalibrationSource
  /** JSONL of the task's test rows made ready, where they are there. */
  readonly testRows?: string
  /** JSONL of its answers to them, where it is tested. */
  readonly answers?: string
}

/** Where a calibration is, or what it can be made from. */
export type CalibrationSource =
  | { readonly kind: 'known'; readonly calibration: LabelCalibration | undefined }
  | {
      readonly kind: 'rows'
      /** JSONL of validation rows made ready; need not be there. */
      readonly rows: string
      /** Where the calibration of such a way of asking is kept. */
      readonly cacheFile: (asking: Asking) => string
      /** What stands in that file beside it, so that it can be told when it is of no more use. */
      readonly about: Readonly<Record<string, string>>
    }

/** How a model is asked. */
export interface Asking {
  readonly prefix: string
  readonly maxSource: number | undefined
  readonly batch: number
  readonly generation: GenerationOptions
  readonly threads?: number | undefined
  readonly device?: DeviceName | undefined
}

/** Ways of asking that a user has given. */
export type AskingFlags = { readonly [Name in keyof Asking]?: Asking[Name] | undefined }

/** How a model is asked: as its task says, unless the user says otherwise. */
export function askingOf({ task }: UsableModel, flags: AskingFlags): Asking {
  const own = answering(task)
  return {
    prefix: flags.prefix ?? own.prefix,
    maxSource: flags.maxSource ?? own.maxSource,
    batch: flags.batch ?? own.batch,
    generation: mergeGeneration(own.generation, flags.generation ?? {}),
    threads: flags.threads,
    device: flags.device,
  }
}
