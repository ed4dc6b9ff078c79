import type { ExampleStatistics, Metric } from '../../metrics/metric.ts'
import { quoted } from '../../tasks/quoted.ts'
import { writingOf } from '../../tasks/writing-systems.ts'
import type { ScoreColumn } from './arms.ts'
import { goodness } from './score-direction.ts'

/** A row that floors are made from or scored on. */
export interface FloorRow {
  readonly source: string
  readonly target: string
  /** Of a task with labels. */
  readonly labels?: readonly string[]
}

/** Answers that are given without any learning, to every test row. */
export interface FloorAnswers {
  readonly kind: 'constant' | 'copy'
  /** `always "none"`, `copies the source` */
  readonly name: string
  /** What a metric scores them with. */
  statistics(metric: Metric<never>, rows: readonly FloorRow[]): ExampleStatistics
}

/** Where the most frequent targets are counted. */
export interface CountedRows {
  readonly part: 'train' | 'validation' | 'test'
  readonly rows: readonly FloorRow[]
}

interface FloorChoice {
  readonly counted: CountedRows
  /** Of a task whose rows may have several labels: all that there are. */
  readonly classes: readonly string[] | undefined
  /** The deciding score and its metric. */
  readonly column: ScoreColumn
  readonly metric: Metric<never>
}

/** So many of the most frequent targets are tried, on so many of the rows that they were counted in. */
const triedTargets = 12
const triedOn = 400

/**
 * The best answer that is always the same: of the most frequent targets (sets of labels; also all labels together) the
 * one that scores best on the rows that they were counted in, the more frequent one where they score alike.
 */
export function constantAnswer({ counted, classes, column, metric }: FloorChoice): FloorAnswers | undefined {
  const { rows, part } = counted
  const sample = evenly(rows, triedOn)
  const frequent = frequentTargets(rows).slice(0, triedTargets)
  const [first] = frequent
  if (first === undefined) return undefined
  const every = first.labels === undefined || classes === undefined || classes.length < 2 ? [] : [allLabels(classes)]
  const where = part === 'train' ? '' : ` (chosen on the ${part} rows)`
  const scored = [...frequent.map(alwaysTarget), ...every].map(({ name, answer }) => {
    const answers = constant(`${name}${where}`, answer)
    const score = metric.score(answers.statistics(metric, sample))[column.field]!
    return { answers, good: goodness(column, score) }
  })
  return scored.reduce((best, next) => (next.good > best.good ? next : best)).answers
}

/** The source as the answer; `undefined` for labels, and where targets are written in other scripts than sources. */
export function copiedSource(rows: readonly FloorRow[]): FloorAnswers | undefined {
  const sample = evenly(rows, triedOn)
  if (sample.length === 0 || sample[0]!.labels !== undefined) return undefined
  const [sources, targets] = [
    scriptOf(sample.map(({ source }) => source)),
    scriptOf(sample.map(({ target }) => target)),
  ]
  if (sources !== targets) return undefined
  return {
    kind: 'copy',
    name: 'copies the source',
    statistics: (metric, of) => statisticsOf(metric, of, ({ source }) => source),
  }
}

function constant(name: string, answer: string | readonly string[]): FloorAnswers {
  return { kind: 'constant', name, statistics: (metric, rows) => statisticsOf(metric, rows, () => answer) }
}

function statisticsOf(
  metric: Metric<never>,
  rows: readonly FloorRow[],
  answer: (row: FloorRow) => string | readonly string[],
): ExampleStatistics {
  const wanted = rows.map(({ target, labels }) => labels ?? target)
  return (metric as Metric<unknown>).statistics(rows.map(answer), wanted)
}

/** Distinct targets, the most frequent first; a set of labels is one in any order. */
function frequentTargets(rows: readonly FloorRow[]): FloorRow[] {
  const found = new Map<string, { row: FloorRow; count: number }>()
  for (const row of rows) {
    const key = row.labels === undefined ? row.target.trim() : JSON.stringify(row.labels.toSorted())
    const known = found.get(key)
    if (known === undefined) found.set(key, { row, count: 1 })
    else known.count++
  }
  return [...found.values()].sort((a, b) => b.count - a.count).map(({ row }) => row)
}

interface Constant {
  readonly name: string
  readonly answer: string | readonly string[]
}

function alwaysTarget({ target, labels }: FloorRow): Constant {
  return {
    name: target.trim() === '' ? 'always an empty answer' : `always ${quoted(target)}`,
    answer: labels ?? target,
  }
}

function allLabels(classes: readonly string[]): Constant {
  return { name: `always all ${classes.length} labels`, answer: classes }
}

/** The script of most letters. */
function scriptOf(texts: readonly string[]): string | undefined {
  return [...writingOf(texts.join('\n'))].sort(([, a], [, b]) => b - a)[0]?.[0]
}

function evenly<Row>(rows: readonly Row[], count: number): readonly Row[] {
  if (rows.length <= count) return rows
  return Array.from({ length: count }, (_, index) => rows[Math.floor((index * rows.length) / count)]!)
}
