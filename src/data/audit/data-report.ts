import { convertedRows, type Rows } from '../../base/bounds/spooled-rows.ts'
import { DigestNumbers } from './digest-numbers.ts'
import { type FindingProgress, findLeaks, type Leak, type LeakSplit, normalForm } from './leaks.ts'

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
  readonly splits: readonly { readonly name: string; readonly rows: Rows<ReportRow> }[]
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
  /** What was not compared, as there was too much of it; absent where everything was. */
  readonly notes?: readonly string[]
}

/**
 * Looks at the data of a study before hours are spent on it: sizes, lengths against the limits, empty and repeated
 * rows, labels, and rows that are in more than one split of any task.
 *
 * Of a row its lengths and digests are held, never its texts: about 250 bytes, and 14 more for every split.
 *
 * @param tokenizers name → counter; lengths are given for each
 * @param onProgress told how far a piece of the work is
 */
export function reportData(
  tasks: readonly ReportTask[],
  tokenizers: ReadonlyMap<string, CountTokens>,
  onProgress: FindingProgress = () => {},
): DataReport {
  const splits = tasks.flatMap((task) =>
    task.splits.map(({ name, rows }) => ({
      task: task.name,
      split: name,
      texts: convertedRows(rows, ({ source }) => source),
    })),
  )
  const notes: string[] = []
  const leaks = findLeaks(splits, { onProgress, onNote: (sentence) => notes.push(sentence) })
  return {
    tasks: tasks.map((task) => {
      const labels = task.classes && new LabelCounter(task.classes)
      return {
        name: task.name,
        splits: task.splits.map(({ name, rows }) =>
          splitReport(name, rows, { task, tokenizers, onProgress, ofTask: labels }),
        ),
        ...(labels !== undefined && { labels: labels.counts() }),
      }
    }),
    leaks: leaks.map((leak) => describeLeak(leak, splits)),
    ...(notes.length > 0 && { notes }),
  }
}

function describeLeak(leak: Leak, splits: readonly LeakSplit[]): LeakReport {
  const textAt = (split: number, row: number): string => splits[split]!.texts.at(row)!
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

interface SplitContext {
  readonly task: ReportTask
  readonly tokenizers: ReadonlyMap<string, CountTokens>
  readonly onProgress: FindingProgress
  /** Is given the rows of all splits; only for a task with labels. */
  readonly ofTask: LabelCounter | undefined
}

/** Goes through the rows once: each is read from disk and parsed anew whenever it is asked for. */
function splitReport(
  name: string,
  rows: Rows<ReportRow>,
  { task, tokenizers, onProgress, ofTask }: SplitContext,
): SplitReport {
  const { prefix, limits } = task
  const lengths = [...tokenizers].map(([tokenizer, count]) => {
    return { tokenizer, count, source: new Uint32Array(rows.length), target: new Uint32Array(rows.length) }
  })
  const repetitions = new Repetitions()
  const labelCounter = task.classes && new LabelCounter(task.classes)
  let row = 0
  let targets = 0
  let emptySources = 0
  let emptyTargets = 0
  for (const { source, target, labels } of rows) {
    for (const { count, source: counts } of lengths) counts[row] = count(prefix + source)
    if (source.trim() === '') emptySources++
    if (target !== undefined) {
      for (const { count, target: counts } of lengths) counts[targets] = count(target)
      if (target.trim() === '') emptyTargets++
      targets++
    }
    repetitions.add(source, target ?? '')
    labelCounter?.add(labels)
    ofTask?.add(labels)
    onProgress({ label: `measure ${task.name} ${name}`, done: ++row, total: rows.length, unit: 'rows' })
  }
  const statistics = lengths.map(({ tokenizer, source, target }) => [
    tokenizer,
    {
      source: lengthStatistics(source, limits.source),
      ...(targets > 0 && { target: lengthStatistics(target.subarray(0, targets), limits.target) }),
    },
  ])
  return {
    name,
    rows: rows.length,
    emptySources,
    emptyTargets,
    duplicates: repetitions.duplicates,
    contradictions: repetitions.contradictions,
    lengths: Object.fromEntries(statistics),
    ...(labelCounter !== undefined && { labels: labelCounter.counts() }),
  }
}

/** Counts rows whose source an earlier row has, by whether it is with a target that it had. */
class Repetitions {
  duplicates = 0
  contradictions = 0
  readonly #sources = new DigestNumbers()
  readonly #pairs = new DigestNumbers()

  add(source: string, target: string): void {
    const normal = normalForm(source)
    if (normal === '') return
    const { number, isNew } = this.#sources.add(normal)
    const isNewPair = this.#pairs.add(`${number} ${normalForm(target)}`).isNew
    if (!isNewPair) this.duplicates++
    else if (!isNew) this.contradictions++
  }
}

/** @param lengths are sorted by it */
function lengthStatistics(lengths: Uint32Array, limit: number): LengthStatistics {
  const sorted = lengths.sort()
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
export function countLabels(rows: Iterable<Pick<ReportRow, 'labels'>>, classes: readonly string[]): LabelCounts {
  const counter = new LabelCounter(classes)
  for (const { labels } of rows) counter.add(labels)
  return counter.counts()
}

/** As {@link countLabels}, of rows that come one by one. */
class LabelCounter {
  readonly #byLabel: Map<string, number>
  readonly #byNumber: number[] = [0]

  constructor(classes: readonly string[]) {
    this.#byLabel = new Map(classes.map((label) => [label, 0]))
  }

  add(labels: readonly string[] = []): void {
    for (const label of labels) this.#byLabel.set(label, (this.#byLabel.get(label) ?? 0) + 1)
    while (this.#byNumber.length <= labels.length) this.#byNumber.push(0)
    this.#byNumber[labels.length]!++
  }

  counts(): LabelCounts {
    const byLabel = [...this.#byLabel].map(([label, rows]) => ({ label, rows }))
    return { byLabel, byNumber: this.#byNumber }
  }
}
