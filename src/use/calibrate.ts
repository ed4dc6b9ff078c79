import { existsSync } from 'node:fs'
import { evenly } from '../base/evenly.ts'
import { Fault } from '../base/fault.ts'
import { readAllJsonLines } from '../base/json-lines.ts'
import { readSealedJson, writeSealedJson } from '../content/sealed-json.ts'
import { calibrateLabels, type LabelCalibration } from '../metrics/statistics/label-calibration.ts'
import type { PreparedPair } from '../study/steps/prepare-task.ts'
import { type AnsweringOptions, answerRows } from './answer-rows.ts'
import type { Asking, CalibrationSource, UsableModel } from './usable-model.ts'

/** More rows make probabilities hardly better, and each takes a pass for every class. */
const mostRows = 500

/** Raised when the same rows would give another calibration. */
export const calibrationVersion = 2

/**
 * The calibration of a model's confidences: the one that is kept, or one made from validation rows and then kept.
 *
 * @param onNotice told when rows must be answered for it
 * @returns `undefined` where there are no validation rows
 */
export async function calibrate(
  model: UsableModel,
  asking: Asking,
  options: Omit<AnsweringOptions, 'logOdds'> & { readonly onNotice?: (sentence: string) => void },
): Promise<LabelCalibration | undefined> {
  const source = model.calibration
  if (source.kind === 'known') return source.calibration
  const file = source.cacheFile(asking)
  const kept = readSealedJson(file)?.calibration as LabelCalibration | undefined
  if (kept !== undefined || !existsSync(source.rows)) return kept
  const rows = spread(await readAllJsonLines<PreparedPair>(source.rows), mostRows)
  options.onNotice?.(`Answering ${rows.length} validation rows to calibrate confidences; this is done once`)
  const calibration = await calibrateOn(model, asking, rows, options)
  keep(file, source, calibration)
  return calibration
}

async function calibrateOn(
  model: UsableModel,
  asking: Asking,
  rows: readonly PreparedPair[],
  options: Omit<AnsweringOptions, 'logOdds'>,
): Promise<LabelCalibration> {
  const { texts } = model.task
  if (texts.kind !== 'labels') throw new Error('Cannot calibrate labels of a task without labels')
  const { classes } = texts.labels
  const sources = rows.map(({ source }) => source)
  const answers = await answerRows(model, asking, sources, { ...options, logOdds: true })
  const judged = answers.map(({ logOdds }, row) => ({
    logOdds: logOdds!,
    truths: classes.map((label) => rows[row]!.labels!.includes(label)),
  }))
  return calibrateLabels(judged, classes.length)
}

/** So many of the rows, evenly over all of them. */
function spread<T>(rows: readonly T[], most: number): readonly T[] {
  return evenly(rows.length, most).map((place) => rows[place]!)
}

function keep(
  file: string,
  { about }: Extract<CalibrationSource, { kind: 'rows' }>,
  calibration: LabelCalibration,
): void {
  try {
    writeSealedJson(file, { ...about, calibration })
  } catch (error) {
    // A store that cannot be written costs the time of doing it again, nothing else.
    if (!(error instanceof Fault)) throw error
  }
}
