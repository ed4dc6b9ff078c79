import { join } from 'node:path'
import { writeJsonFile } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { readAllJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import { plural } from '../../base/plural.ts'
import type { Prediction } from '../../lesson/protocol.ts'
import type { ExampleStatistics, Metric } from '../../metrics/metric.ts'
import { isLowBetter, metricKind, variantsFor } from '../../metrics/registry.ts'
import { type AnsweredRow, type HealthContext, type HealthFinding, healthOf } from '../../tasks/answer-health.ts'
import { type LabelReading, parseLabelAnswer, parseSingleLabelAnswer } from '../../tasks/labels.ts'
import { scoreName } from '../score-names.ts'
import type { MetricRequest, StudyTask } from '../study.ts'
import type { PreparedPair } from './prepare-task.ts'

/** Content of `scores.json`. */
export interface Scores {
  readonly examples: number
  readonly metrics: readonly MetricScores[]
  /** What is wrong with the answers as a whole; absent in scores of earlier versions. */
  readonly health?: readonly HealthFinding[]
}

export interface MetricScores {
  /** Unique within the task. */
  readonly name: string
  readonly metric: MetricRequest['metric']
  /** As the metric was made, with what was found out about the texts filled in. */
  readonly options: Readonly<Record<string, unknown>>
  readonly signature: string
  /** The largest value of a score. */
  readonly best: number
  /** Names of the scores, the headline first. */
  readonly fields: readonly string[]
  readonly scores: Readonly<Record<string, number>>
  readonly warnings: readonly string[]
}

/** A line of `predictions.jsonl`. */
export interface PredictionRow {
  readonly source: string
  readonly prediction: string
  readonly reference: string
  /** Of a task with labels: those of the reference, those of the prediction, and pieces that are no label. */
  readonly labels?: readonly string[]
  readonly predictedLabels?: readonly string[]
  readonly unknown?: readonly string[]
  /** The limit on the answer's length was reached before the model ended it. */
  readonly cut?: true
  /** Sentinel tokens in the answer, also where the text leaves them out. */
  readonly sentinels?: number
  /** Sufficient statistics by metric, from which any resample can be scored. */
  readonly statistics: Readonly<Record<string, readonly number[]>>
}

/** What scores and health need of an answer. */
export type Answer = Pick<Prediction, 'prediction'> & Partial<Pick<Prediction, 'finish' | 'sentinels'>>

/**
 * Scores a task's answers and writes `predictions.jsonl` and `scores.json`.
 *
 * @param pairs the prepared test rows
 * @param answers JSONL with an answer to each of them, in order
 * @param loss of the checkpoint's lesson
 */
export async function scoreAnswers(
  task: StudyTask,
  pairs: string,
  answers: string,
  folder: string,
  loss?: HealthContext['loss'],
): Promise<Scores> {
  const rows = await readAllJsonLines<PreparedPair>(pairs)
  const given = await readAllJsonLines<Answer>(answers)
  if (rows.length === 0) throw new Fault(`Cannot test on "${task.name}" as its test part has no rows`)
  const { scored, readings, health } = judgeAnswers(task, rows, given, loss)
  const scores: Scores = { examples: rows.length, metrics: scored.map(({ result }) => result), health }
  const lines = rows.map(({ source, target, labels }, index): PredictionRow => {
    const reading = readings?.[index]
    const { prediction, finish, sentinels } = given[index]!
    return {
      source,
      prediction,
      reference: target,
      ...(labels === undefined ? {} : { labels }),
      ...(reading === undefined ? {} : { predictedLabels: reading.labels }),
      ...(reading === undefined || reading.unknown.length === 0 ? {} : { unknown: reading.unknown }),
      ...(finish === 'limit' ? { cut: true } : {}),
      ...(sentinels === undefined ? {} : { sentinels }),
      statistics: Object.fromEntries(scored.map(({ result, statistics }) => [result.name, rowOf(statistics, index)])),
    }
  })
  await writeJsonLines(join(folder, 'predictions.jsonl'), lines)
  writeJsonFile(join(folder, 'scores.json'), scores)
  return scores
}

/** Scores answers and looks at their health. */
export function judgeAnswers(
  task: StudyTask,
  rows: readonly PreparedPair[],
  answers: readonly Answer[],
  loss?: HealthContext['loss'],
): { scored: Scored[]; readings?: LabelReading[] | undefined; health: HealthFinding[] } {
  if (answers.length !== rows.length) {
    throw new Error(`There are ${answers.length} answers to ${rows.length} sources`)
  }
  const predictions = answers.map(({ prediction }) => prediction)
  const { scored, readings } =
    task.texts.kind === 'labels' ? scoreLabels(task, rows, predictions) : scoreTexts(task, rows, predictions)
  const answered = rows.map(({ source, target, labels }, index): AnsweredRow => {
    const reading = readings?.[index]
    return {
      ...answers[index]!,
      source,
      reference: target,
      ...(labels === undefined ? {} : { labels }),
      ...(reading === undefined ? {} : { predictedLabels: reading.labels, unknown: reading.unknown }),
    }
  })
  const scores = scored.map(({ result }) => tellingScore(result))
  return { scored, readings, health: healthOf(answered, { prefix: task.prefix, scores, ...(loss && { loss }) }) }
}

function tellingScore(result: MetricScores): { name: string; share: number; worst?: number } {
  const { metric, fields, best } = result
  const field = metricKind(metric).telling ?? fields[0]!
  const worst = isLowBetter(metric, field) ? { worst: best } : {}
  return { name: scoreName(result, field), share: goodShare(result, field), ...worst }
}

/** A score as a share of the best that there is, so that more is better: 1 for right answers, 0 for useless ones. */
export function goodShare({ metric, scores, best }: MetricScores, field: string): number {
  const share = scores[field]! / best
  return isLowBetter(metric, field) ? Math.max(0, 1 - share) : share
}

/** A metric's scores, and the statistics of each row that they come from. */
export interface Scored {
  readonly result: MetricScores
  readonly statistics: ExampleStatistics
}

function scoreTexts(
  task: StudyTask,
  rows: readonly PreparedPair[],
  predictions: readonly string[],
): { scored: Scored[]; readings?: undefined } {
  const references = rows.map(({ target }) => target)
  const requests = task.metrics.flatMap((request) => withVariants(request, references, task.metrics))
  return {
    scored: requests.map((request) => {
      const kind = metricKind(request.metric)
      if (kind.answers !== 'texts') throw new Error(`Cannot compare texts with the metric "${kind.name}"`)
      return scoreWith(request, kind.make(request.options), predictions, references)
    }),
  }
}

function scoreLabels(
  { texts, metrics }: StudyTask,
  rows: readonly PreparedPair[],
  predictions: readonly string[],
): { scored: Scored[]; readings: LabelReading[] } {
  if (texts.kind !== 'labels') throw new Error('Cannot read labels of a task without labels')
  const parse = texts.single ? parseSingleLabelAnswer : parseLabelAnswer
  const readings = predictions.map((prediction) => parse(prediction, texts.labels))
  const found = readings.map(({ labels }) => labels)
  const wanted = rows.map(({ labels }) => labels ?? [])
  const scored = metrics.map((request) => {
    const options = { ...request.options, labels: texts.labels.classes }
    const kind = metricKind(request.metric)
    if (kind.answers !== 'label sets') throw new Error(`Cannot compare labels with the metric "${kind.name}"`)
    const one = scoreWith({ ...request, options }, kind.make(options), found, wanted)
    const strange = readings.filter(({ unknown }) => unknown.length > 0)
    if (strange.length === 0) return one
    const example = strange[0]!.unknown[0]
    // As with scikit-learn's MultiLabelBinarizer what is no label is left out, and nothing may be what was wanted.
    const right = readings.filter(
      ({ labels, unknown }, row) => unknown.length > 0 && labels.length === 0 && wanted[row]!.length === 0,
    )
    const lucky =
      right.length === 0 ? '' : `; ${right.length} of them read as no label and count as right, as their rows have none`
    const warning = `${strange.length} of ${plural(readings.length, 'answer')} ${strange.length === 1 ? 'has' : 'have'} a piece that is no label, such as "${example}"${lucky}`
    return { ...one, result: { ...one.result, warnings: [...one.result.warnings, warning] } }
  })
  return { scored, readings }
}

function scoreWith<Answer>(
  { name, metric: kind, options }: MetricRequest,
  metric: Metric<Answer>,
  predictions: readonly Answer[],
  references: readonly Answer[],
): Scored {
  const statistics = metric.statistics(predictions, references)
  const result: MetricScores = {
    name,
    metric: kind,
    options,
    signature: metric.signature,
    best: metric.best,
    fields: metric.fields,
    scores: metric.score(statistics),
    warnings: metric.warnings(predictions, references),
  }
  return { result, statistics }
}

/** A request as it fits the references, and what stands beside it under a name that is not taken. */
function withVariants(
  request: MetricRequest,
  references: readonly string[],
  all: readonly MetricRequest[],
): MetricRequest[] {
  const [own, ...beside] = variantsFor(metricKind(request.metric), request.options, references)
  const named = beside.map(({ suffix, options }) => ({ ...request, name: `${request.name}${suffix}`, options }))
  const free = named.filter(({ name }) => all.every((other) => other.name !== name))
  return [{ ...request, options: own.options }, ...free]
}

function rowOf({ values, width }: ExampleStatistics, row: number): number[] {
  return Array.from(values.subarray(row * width, (row + 1) * width))
}
