import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { readAllJsonLines } from '../../../base/json-lines.ts'
import type { MetricReport } from '../../../metrics/metric.ts'
import { metricKind, variantsFor } from '../../../metrics/registry.ts'
import type { LabelCalibration } from '../../../metrics/statistics/label-calibration.ts'
import type { PreparedPair } from '../../../study/steps/prepare-task.ts'
import type { MetricRequest } from '../../../study/study.ts'
import { readLabelText } from '../../../use/answer-rows.ts'
import { readNewRows } from '../../../use/new-rows.ts'
import { rowLabels } from '../../../use/row-labels.ts'
import type { UsableModel } from '../../../use/usable-model.ts'
import { type NamedModelFlags, namedModel } from '../../input/named-model.ts'
import { labelReport, textReport } from '../../print/metric-report.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { askModel } from './ask-model.ts'

export interface ScoreModelFlags extends NamedModelFlags {
  readonly input?: string
  readonly allRows?: true
  readonly threshold?: number
  readonly threads?: number
}

/** A task's scores of a model's answers. */
export interface ModelScores {
  readonly task: string
  readonly examples: number
  /** By name within the task. */
  readonly metrics: ReadonlyMap<string, MetricReport>
  /** Where confidences decided. */
  readonly calibration?: LabelCalibration
}

/**
 * Scores a model that knows its task by the metrics of the task: on a table of rows with their right answers, else on the
 * task's test rows, whose answers are taken from the study where they are there.
 *
 * @throws {Fault} when there are no rows, or the model does not know its task
 */
export async function scoreModel(flags: ScoreModelFlags, command: Command): Promise<ModelScores> {
  const model = await namedModel(flags, command)
  if (model.task === undefined) {
    throw new Fault(
      `Cannot score "${model.folder}" as it does not know its task: name one of a study, or an exported one`,
    )
  }
  const pairs = await pairsOf(model, flags)
  const { answers, calibration } = await answersOf(model, pairs, flags)
  const metrics = model.task.metrics.map((request) => [request.name, reportOf(model, request, answers, pairs)] as const)
  return {
    task: model.task.name,
    examples: pairs.length,
    metrics: new Map(metrics),
    ...(calibration === undefined ? {} : { calibration }),
  }
}

async function pairsOf({ task, testRows, folder }: UsableModel, flags: ScoreModelFlags): Promise<PreparedPair[]> {
  if (flags.input !== undefined) {
    const onNotice = (sentence: string): void => tellNotes([sentence])
    const rows = await readNewRows(task, flags.input, { allRows: flags.allRows, references: true, onNotice })
    return rows.map(({ pair }) => pair!)
  }
  if (testRows !== undefined) return await readAllJsonLines<PreparedPair>(testRows)
  throw new Fault(`Cannot score "${folder}" as there are no test rows of "${task.name}": give rows with --input FILE`)
}

/** Texts, or sets of labels. */
interface Answers {
  readonly answers: readonly (string | readonly string[])[]
  readonly calibration?: LabelCalibration | undefined
}

async function answersOf(model: UsableModel, pairs: readonly PreparedPair[], flags: ScoreModelFlags): Promise<Answers> {
  const { threshold } = flags
  const isLabels = model.task.texts.kind === 'labels'
  if (threshold !== undefined && !isLabels) throw new Fault('Cannot use --threshold: it belongs to tasks with labels')
  const given = threshold === undefined && flags.input === undefined ? await givenAnswers(model) : undefined
  if (given === undefined || threshold !== undefined) {
    const sources = pairs.map(({ source }) => source)
    const asked = await askModel(model, sources, { ...flags, confidence: threshold !== undefined })
    const { calibration } = asked
    if (!isLabels) return { answers: asked.answers.map(({ prediction }) => prediction) }
    const labels = asked.answers.map((answer) => rowLabels(model.task, answer, calibration, threshold).labels)
    return { answers: labels, calibration }
  }
  return { answers: isLabels ? given.map((answer) => readLabelText(model.task, answer).labels ?? []) : given }
}

async function givenAnswers({ answers }: UsableModel): Promise<string[] | undefined> {
  if (answers === undefined) return undefined
  return (await readAllJsonLines<{ prediction: string }>(answers)).map(({ prediction }) => prediction)
}

function reportOf(
  { task: { texts } }: UsableModel,
  request: MetricRequest,
  answers: Answers['answers'],
  pairs: readonly PreparedPair[],
): MetricReport {
  const kind = metricKind(request.metric)
  if (kind.answers === 'label sets') {
    if (texts.kind !== 'labels') throw new Error(`Cannot compare texts with the metric "${kind.name}"`)
    const wanted = pairs.map(({ labels }) => labels ?? [])
    const options = { ...request.options, labels: texts.labels.classes }
    return labelReport(kind, answers as readonly (readonly string[])[], [wanted], options)
  }
  const references = pairs.map(({ target }) => target)
  const [{ options }] = variantsFor(kind, request.options, references)
  return textReport(kind, answers as readonly string[], [references], options)
}
