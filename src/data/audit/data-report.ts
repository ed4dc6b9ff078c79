import { findLeaks, type Leak, normalForm, textKey } from './leaks.ts'

/** A row made ready: what the model reads, without its prefix, and what it shall write. */
export interface ReportRow {
  readonly source: string
  /** Absent in a task of span corruption, whose targets are drawn while teaching. */
  readonly target?: string
  /** Of a task with labels. */
  readonly labels?: readonly string[]
}

export interface ReportTask {
  readonly name: string
  /** Put before each source; its tokens count. */
  readonly prefix: string
  /** Longest source and target in tokens, `</s>` counted. */
  readonly limits: { readonly source: number; readonly target: number }
  /** The labels of a task with labels, in order. */
  readonly classes?: readonly string[]
  readonly splits: readonly { readonly name: string; readonly rows: readonly ReportRow[] }[]
}

/** Counts a text's tokens as the model gets them, `</s>` included and nothing cut. */
export type CountTokens = (text: string) => number

/** Lengths in tokens, `</s>` included. */
export interface LengthStatistics {
  readonly min: number
  readonly median: number
  readonly mean: number
  /** 95 of 100 are at most this long. */
  readonly p95: number
  readonly max: number
  readonly limit: number
  /** How many are longer than the limit. */
  readonly cut: number
}

export interface SplitReport {
  readonly name: string
  readonly rows: number
  readonly emptySources: number
  readonly emptyTargets: number
  /** Rows whose source and target an earlier row of the split has. */
  readonly duplicates: number
  /** Rows whose source an earlier row has, with another target. */
  readonly contradictions: number
  /** Tokenizer → lengths. */
  readonly lengths: Readonly<Record<string, { readonly source: LengthStatistics; readonly target?: LengthStatistics }>>
  readonly labels?: LabelCounts
}

/** What figure 1 of the paper shows. */
export interface LabelCounts {
  /** How many rows have each label, in the order of the task's labels. */
  readonly byLabel: readonly { readonly label: string; readonly rows: number }[]
  /** How many rows have 0, 1, 2 … labels. */
  readonly byNumber: readonly number[]
}

/** Rows of one split that another has as well, with texts of some of them. */
export interface LeakReport {
  readonly of: { readonly task: string; readonly split: string }
  readonly in: { readonly task: string; readonly split: string }
  readonly exact: number
  readonly near: number
  /** The share of the split's rows that leak. */
  readonly share: number
  readonly examples: readonly { readonly text: string; readonly other: string; readonly similarity: number }[]
}

export interface DataReport {
  readonly tasks: readonly {
    readonly name: string
    readonly splits: readonly SplitReport[]
    /** Over all splits. */
    readonly labels?: LabelCounts
  }[]
  readonly leaks: readonly LeakReport[]
}

/**
 * Looks at the data of a study before hours are spent on it: sizes, lengths against the limits, empty and repeated
 * rows, labels, and rows that are in more than one split of any task.
 *
 * @param tokenizers name → counter; lengths are given for each
 * @param onProgress told how many texts are made ready to be compared with one another
 */
export function reportData(
  tasks: readonly ReportTask[],
  tokenizers: ReadonlyMap<string, CountTokens>,
  onProgress?: (done: number, total: number) => void,
): DataReport {
  const splits = tasks.flatMap((task) =>
    task.splits.map(({ name, rows }) => ({ task: task.name, split: name, texts: rows.map(({ source }) => source) })),
  )
  const textAt = (split: number, row: number): string => splits[split]!.texts[row]!
  const leaks = findLeaks(splits, onProgress === undefined ? {} : { onProgress }).map((leak) =>
    describeLeak(leak, splits, textAt),
  )
  return {
    tasks: tasks.map((task) => {
      const all = task.splits.flatMap(({ rows }) => rows)
      return {
        name: task.name,
        splits: task.splits.map(({ name, rows }) => splitReport(name, rows, task, tokenizers)),
        ...(task.classes !== undefined && { labels: countLabels(all, task.classes) }),
      }
    }),
    leaks,
  }
}

function describeLeak(
  leak: Leak,
  splits: readonly { task: string; split: string; texts: readonly string[] }[],
  textAt: (split: number, row: number) => string,
): LeakReport {
  const name = (split: number): { task: string; split: string } => {
    const { task, split: part } = splits[split]!
    return { task, split: part }
  }
  return {
    of: name(leak.of),
    in: name(leak.in),
    exact: leak.exact.length,
    near: leak.near.length,
    share: (leak.exact.length + leak.near.length) / splits[leak.of]!.texts.length,
    examples: leak.examples.map(({ row, other, similarity }) => ({
      text: textAt(leak.of, row),
      other: textAt(leak.in, other),
      similarity,
    })),
  }
}

function splitReport(
  name: string,
  rows: readonly ReportRow[],
  task: ReportTask,
  tokenizers: ReadonlyMap<string, CountTokens>,
): SplitReport {
  const { prefix, limits } = task
  const targets = rows.flatMap(({ target }) => (target === undefined ? [] : [target]))
  const lengths = [...tokenizers].map(([tokenizer, count]) => {
    const source = lengthStatistics(
      rows.map((row) => count(prefix + row.source)),
      limits.source,
    )
    const target = lengthStatistics(targets.map(count), limits.target)
    return [tokenizer, targets.length > 0 ? { source, target } : { source }]
  })
  return {
    name,
    rows: rows.length,
    emptySources: rows.filter(({ source }) => source.trim() === '').length,
    emptyTargets: targets.filter((target) => target.trim() === '').length,
    ...repetitions(rows),
    lengths: Object.fromEntries(lengths),
    ...(task.classes !== undefined && { labels: countLabels(rows, task.classes) }),
  }
}

function repetitions(rows: readonly ReportRow[]): { duplicates: number; contradictions: number } {
  const targetsOf = new Map<string, Set<string>>()
  let duplicates = 0
  let contradictions = 0
  for (const { source, target = '' } of rows) {
    const normal = normalForm(source)
    if (normal === '') continue
    const key = textKey(normal)
    const targets = targetsOf.get(key)
    const own = textKey(normalForm(target))
    if (targets === undefined) targetsOf.set(key, new Set([own]))
    else if (targets.has(own)) duplicates++
    else {
      contradictions++
      targets.add(own)
    }
  }
  return { duplicates, contradictions }
}

function lengthStatistics(lengths: readonly number[], limit: number): LengthStatistics {
  const sorted = Float64Array.from(lengths).sort()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return {
    min: at(0),
    median: at(0.5),
    mean: sorted.reduce((sum, length) => sum + length, 0) / Math.max(1, sorted.length),
    p95: at(0.95),
    max: at(1),
    limit,
    cut: sorted.filter((length) => length > limit).length,
  }
}

/** Counts labels; one that is not in the list counts too, after them. */
export function countLabels(rows: readonly Pick<ReportRow, 'labels'>[], classes: readonly string[]): LabelCounts {
  const byLabel = new Map(classes.map((label) => [label, 0]))
  const byNumber: number[] = [0]
  for (const { labels = [] } of rows) {
    for (const label of labels) byLabel.set(label, (byLabel.get(label) ?? 0) + 1)
    while (byNumber.length <= labels.length) byNumber.push(0)
    byNumber[labels.length]!++
  }
  return { byLabel: [...byLabel].map(([label, count]) => ({ label, rows: count })), byNumber }
}
