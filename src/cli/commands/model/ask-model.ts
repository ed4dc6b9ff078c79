import { type Command, Option } from 'commander'
import type { DeviceName } from '../../../lesson/device.ts'
import type { GenerationOptions } from '../../../lesson/generation.ts'
import type { LabelCalibration } from '../../../metrics/statistics/label-calibration.ts'
import { answerRows, type ModelAnswer } from '../../../use/answer-rows.ts'
import { calibrate } from '../../../use/calibrate.ts'
import { calibrationLines } from '../../../use/calibration-lines.ts'
import { type Asking, askingOf, type UsableModel } from '../../../use/usable-model.ts'
import { onlyWith } from '../../options/only-with.ts'
import { numberWithin } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'

/** How a model that knows its task is asked, where the user says otherwise than the task. */
export interface AskFlags {
  readonly prefix?: string
  readonly maxSource?: number
  readonly batch?: number
  readonly threads?: number
  readonly device?: DeviceName
  /** Commander's for `--no-confidence`. */
  readonly confidence: boolean
  readonly threshold?: number
}

export interface Asked {
  readonly answers: readonly ModelAnswer[]
  readonly calibration: LabelCalibration | undefined
}

/** Adds `--threshold` and `--no-confidence`. */
export function addConfidenceOptions(command: Command): Command {
  return command
    .addOption(thresholdOption())
    .option('--no-confidence', 'of a task with labels: leave the confidences out, which take longer than the answers')
}

export function thresholdOption(): Option {
  const description =
    'of a task with labels: take the labels whose confidence is at least this, not those of the answer'
  return new Option('--threshold <p>', description).argParser(numberWithin({ least: 0, most: 1 }))
}

/** Adds `--input`, `--id` and `--all-rows`. */
export function addNewRowsOptions(command: Command): Command {
  return command
    .option('--input <file>', "new rows: a table with the task's columns (csv, jsonl, parquet …), or plain lines")
    .addOption(
      onlyWith(
        '--input',
        new Option(
          '--id <column>',
          'column of --input that names rows (default: id where every row has it, else row numbers)',
        ),
      ),
    )
    .addOption(allRowsOption())
}

export function allRowsOption(): Option {
  const description = 'of --input: also the rows that the task\'s "where" leaves out'
  return onlyWith('--input', new Option('--all-rows', description))
}

/**
 * Answers sources with a model that knows its task, with log-odds of labels where confidences are wanted. What these rest on
 * is told on standard error.
 */
export async function askModel(
  model: UsableModel,
  sources: readonly string[],
  flags: AskFlags,
  generation: GenerationOptions = {},
): Promise<Asked> {
  const asking = askingOf(model, { ...flags, generation })
  const confident = model.task.texts.kind === 'labels' && flags.confidence
  const line = new ProgressLine()
  try {
    return await interruptible(async (signal) => {
      const calibration = confident ? await calibrateAloud(model, asking, line, signal) : undefined
      const onProgress: Told = (progress) => line.update({ label: 'predict', ...progress, from: 0 })
      const onWarning = (sentence: string): void => line.say(`Warning: ${sentence}`)
      const options = { signal, onProgress, onWarning, logOdds: confident, tellsCut: true } as const
      return { answers: await answerRows(model, asking, sources, options), calibration }
    })
  } finally {
    line.end('predict')
    line.end('calibrate')
  }
}

type Told = (progress: { done: number; total: number; unit: 'answers' }) => void

/** Calibrates a model of labels, telling under `calibrate` how far that is, and at its end what the confidences rest on. */
export async function calibrateAloud(
  model: UsableModel,
  asking: Asking,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<LabelCalibration | undefined> {
  const onNotice = (sentence: string): void => line.say(`Note: ${sentence}`)
  const onProgress: Told = (progress) => line.update({ label: 'calibrate', ...progress, from: 0 })
  const calibration = await calibrate(model, asking, { signal, onNotice, onProgress })
  for (const sentence of calibrationLines(calibration)) onNotice(sentence)
  return calibration
}
