import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { readAllJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import { bleuMetric } from '../../metrics/bleu.ts'
import { chrfMetric } from '../../metrics/chrf.ts'
import { exactMatchMetric } from '../../metrics/exact-match.ts'
import type { ExampleStatistics } from '../../metrics/example-statistics.ts'
import { labelsMetric } from '../../metrics/labels.ts'
import type { Metric } from '../../metrics/metric.ts'
import { rougeMetric } from '../../metrics/rouge.ts'
import { isChinese } from '../../metrics/text/chinese.ts'
import { type AnsweredRow, type HealthContext, type HealthFinding, healthOf } from '../../tasks/answer-health.ts'
import { type LabelReading, parseLabelAnswer, parseSingleLabelAnswer } from '../../tasks/labels.ts'
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

/** An answer as the engine gives it. */
export interface Answer {
  readonly prediction: string
  readonly finish?: 'end' | 'limit'
  readonly sentinels?: number
}

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
  writeFileAtomic(join(folder, 'scores.json'), `${JSON.stringify(scores, null, 2)}\n`)
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
  const scores = scored.flatMap(({ result }) => tellingScore(result))
  return { scored, readings, health: healthOf(answered, { prefix: task.prefix, scores, ...(loss && { loss }) }) }
}

/** The score that is nothing when answers are of no use: right sets of labels may all be empty ones, so F1 tells. */
function tellingScore({ name, metric, fields, scores, best }: MetricScores): { name: string; share: number }[] {
  const field = metric === 'labels' ? 'macro_f1' : fields[0]!
  return [{ name: fields.length === 1 ? name : field, share: scores[field]! / best }]
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
  const requests = task.metrics.flatMap((request) => withChinese(request, references, task.metrics))
  return { scored: requests.map((request) => scoreWith(request, textMetric(request), predictions, references)) }
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
    const one = scoreWith({ ...request, options }, labelsMetric(options), found, wanted)
    const strange = readings.filter(({ unknown }) => unknown.length > 0)
    if (strange.length === 0) return one
    const example = strange[0]!.unknown[0]
    const warning = `${strange.length} of ${readings.length} answers have a piece that is no label, such as "${example}"`
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

/** The metric that `scores.json` names, to score resamples of the statistics in `predictions.jsonl`. */
export function storedMetric({ metric, options }: Pick<MetricScores, 'metric' | 'options'>): Metric<never> {
  return metric === 'labels'
    ? labelsMetric({ ...options, labels: options.labels as string[] })
    : textMetric({ metric, options })
}

function textMetric({ metric, options }: Pick<MetricRequest, 'metric' | 'options'>): Metric {
  switch (metric) {
    case 'bleu':
      return bleuMetric(options)
    case 'chrf':
      return chrfMetric(options)
    case 'rouge':
      return rougeMetric(options)
    case 'exact-match':
      return exactMatchMetric(options)
    case 'labels':
      throw new Error('Cannot compare texts with the metric of labels')
  }
}

/**
 * Chinese has no spaces between words, so BLEU cuts it by `zh` unless the study says otherwise; `13a`, which is usual in
 * papers, stands beside it.
 */
function withChinese(
  request: MetricRequest,
  references: readonly string[],
  all: readonly MetricRequest[],
): MetricRequest[] {
  if (request.metric !== 'bleu' || request.options.tokenize !== undefined || !isChinese(references)) return [request]
  const zh = { ...request, options: { ...request.options, tokenize: 'zh' } }
  const name = `${request.name}-13a`
  if (all.some((other) => other.name === name)) return [zh]
  return [zh, { ...request, name, options: { ...request.options, tokenize: '13a' } }]
}

function rowOf({ values, width }: ExampleStatistics, row: number): number[] {
  return Array.from(values.subarray(row * width, (row + 1) * width))
}
