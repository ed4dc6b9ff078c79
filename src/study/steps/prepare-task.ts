import { join } from 'node:path'
import { chosenRows, type Rows, SpooledRows } from '../../base/bounds/spooled-rows.ts'
import { Fault } from '../../base/fault.ts'
import { writeJsonLines } from '../../base/json-lines.ts'
import { AbsentColumns } from '../../data/table/absent-columns.ts'
import { columnValue, fillTemplate, textOf } from '../../data/table/column.ts'
import { splitRows } from '../../data/table/split.ts'
import { type LocatedRow, type ReadOptions, readRows } from '../../data/table/table.ts'
import { clean } from '../../tasks/clean.ts'
import { labelTarget } from '../../tasks/labels.ts'
import {
  type FileSource,
  type SplitName,
  type StudyTask,
  splitNames,
  type TaskTexts,
  type TemplateText,
} from '../study.ts'
import { labelsOfRow, readLabels } from './read-labels.ts'

/** A row made ready: what is read and written, without the prefix. */
export interface PreparedPair {
  readonly source: string
  readonly target: string
  /** Of a task with labels, spelled as its classes. */
  readonly labels?: readonly string[]
}

/** A row of a task of span corruption. */
export interface PreparedText {
  readonly text: string
}

/** Where a part of a prepared task is, in the folder of its step. */
export function preparedFile(folder: string, part: SplitName): string {
  return join(folder, `${part}.jsonl`)
}

/**
 * Makes a task's rows ready: `train.jsonl`, `validation.jsonl` and `test.jsonl`, those that have rows.
 *
 * @returns the number of rows in each
 * @throws {Fault} naming file and row: a column that is not there, a label that is not in the list, no rows
 */
export async function prepareTask(
  task: StudyTask,
  folder: string,
  onNotice: (sentence: string) => void,
): Promise<{ rows: Partial<Record<SplitName, number>> }> {
  const parts = await taskParts(task, { onNotice })
  const counts: Partial<Record<SplitName, number>> = {}
  for (const part of splitNames) {
    const rows = parts[part]
    if (rows === undefined || rows.length === 0) continue
    counts[part] = rows.length
    await writeJsonLines(preparedFile(folder, part), rows)
    warnOfEmpty(task.name, part, rows, onNotice)
  }
  return { rows: counts }
}

export type Prepared = PreparedPair | PreparedText

/** Prepared rows of each part that has any. */
export type TaskParts = Partial<Record<SplitName, Rows<Prepared>>>

/**
 * Reads, divides and cleans a task's rows; parts without rows may be absent.
 *
 * Of a row only what was made of it is kept, and that on disk where there is much of it.
 */
export async function taskParts(task: StudyTask, options: ReadOptions = {}): Promise<TaskParts> {
  const { rows, parts } = task.data
  const prepared: TaskParts = {}
  for (const part of splitNames) {
    const source = parts[part]
    if (source !== undefined) prepared[part] = await preparedRows(task, source, options)
  }
  if (rows === undefined) return prepared
  // Every row is made ready, also one that no part uses: a wrong label in it is a wrong label in the data.
  const division = new Division(task)
  const all = await preparedRows(task, rows, options, division.columns, (located) => division.take(located))
  const divided = division.rows()
  for (const part of splitNames) {
    if (divided[part].length > 0) prepared[part] = chosenRows(all, divided[part])
  }
  return prepared
}

/**
 * Makes the rows of a table ready one by one.
 *
 * @param dividing columns that `visit` reads, which is given each row before
 */
async function preparedRows(
  task: StudyTask,
  source: FileSource,
  options: ReadOptions,
  dividing: readonly string[] = [],
  visit: (located: LocatedRow) => void = () => {},
): Promise<Rows<Prepared>> {
  const columns = new AbsentColumns([...textColumns(task.texts), ...dividing])
  const prepared = new SpooledRows<Prepared>()
  let failure: unknown
  for await (const read of readRows(source.table, options)) {
    const located = columns.fill(read)
    if (failure === undefined) {
      try {
        visit(located)
        prepared.push(prepareRow(task, located))
      } catch (error) {
        failure = error
      }
    }
    // A row that lacks a column may be wrong for that alone, as long as no other row had it.
    if (failure !== undefined && !columns.isUnsure) throw failure
  }
  columns.check()
  if (failure !== undefined) throw failure
  return prepared
}

/** Collects what a split looks at, row by row, and divides the rows. */
export class Division {
  /** Columns that it looks at. */
  readonly columns: readonly string[]
  readonly #task: StudyTask
  readonly #groups: string[] = []
  readonly #labels: (readonly string[])[] = []
  readonly #inGroup = oneOfEach()
  #count = 0

  constructor(task: StudyTask) {
    const { group, stratify } = task.data.split
    this.#task = task
    this.columns = [group, stratify].filter((column) => typeof column === 'string')
  }

  /** Rows so far. */
  get count(): number {
    return this.#count
  }

  take(located: LocatedRow): void {
    const { texts, data } = this.#task
    const { group, stratify } = data.split
    const { row, place } = located
    this.#count++
    if (group !== undefined) this.#groups.push(this.#inGroup(textOf(columnValue(row, group, place))))
    if (stratify !== undefined) this.#labels.push(strataOf(texts, stratify, located))
  }

  /** @throws {Fault} when the rows cannot be divided as the task says */
  rows(): ReturnType<typeof splitRows> {
    const { name, data } = this.#task
    const { train = 'rest', validation, test, seed, shuffle, group, stratify } = data.split
    return divide(
      name,
      this.#count,
      { train, validation, test },
      {
        seed,
        shuffle,
        ...(group === undefined ? {} : { groups: this.#groups }),
        ...(stratify === undefined ? {} : { labels: this.#labels }),
      },
    )
  }
}

/** Returns a function that gives back the first of equal texts, so that the others need no memory. */
function oneOfEach(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const first = known.get(text)
    if (first === undefined) known.set(text, text)
    return first ?? text
  }
}

/** A row's own labels, or the value of a column as one. */
function strataOf(texts: TaskTexts, by: true | string, located: LocatedRow): readonly string[] {
  if (by === true) return texts.kind === 'labels' ? labelsOfRow(texts, located).labels : []
  const value = columnValue(located.row, by, located.place)
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)]
}

/** Columns that a row's texts and labels are made from. */
export function textColumns(texts: TaskTexts): readonly string[] {
  if (texts.kind === 'spans') return texts.text.template.paths
  if (texts.kind === 'text') return [...texts.source.template.paths, ...texts.target.template.paths]
  const cells = 'columns' in texts.cells ? texts.cells.columns : [texts.cells.column]
  return [...texts.source.template.paths, ...cells]
}

function divide(name: string, ...request: Parameters<typeof splitRows>): ReturnType<typeof splitRows> {
  try {
    return splitRows(...request)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(`Cannot prepare "${name}": ${uncapitalised(error.message)}`, error.place, { cause: error })
  }
}

function prepareRow(task: RowTask, located: LocatedRow): Prepared {
  return task.texts.kind === 'spans' ? { text: preparedSource(task, located) } : preparedPair(task, located)
}

/** What makes a row's texts. */
type RowTask = Pick<StudyTask, 'texts' | 'clean'>

/** Columns that a row's source is made from. */
export function sourceColumns({ texts }: Pick<RowTask, 'texts'>): readonly string[] {
  return sourceOf(texts).template.paths
}

/** A row's source, without the prefix; the columns of its target need not be there. @throws {Fault} if a column is missing */
export function preparedSource({ texts, clean: rules }: RowTask, { row, place }: LocatedRow): string {
  return clean(fillTemplate(sourceOf(texts).template, row, place), rules.source)
}

function sourceOf(texts: TaskTexts): TemplateText {
  return texts.kind === 'spans' ? texts.text : texts.source
}

/** A row made ready. @throws {Fault} if a column is missing, or a label is not in the list */
export function preparedPair(task: RowTask, located: LocatedRow): PreparedPair {
  const { texts } = task
  const { row, place } = located
  const source = preparedSource(task, located)
  if (texts.kind === 'spans') throw new Error('Cannot tell source and target of rows whose spans are hidden')
  if (texts.kind === 'text') {
    return { source, target: clean(fillTemplate(texts.target.template, row, place), task.clean.target) }
  }
  const labels = readLabels(texts, located)
  return { source, target: labelTarget(labels, texts.labels), labels }
}

function warnOfEmpty(name: string, part: SplitName, rows: Rows<Prepared>, onNotice: (sentence: string) => void): void {
  const empty = { text: 0, source: 0, target: 0 }
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) {
      if (typeof value === 'string' && value.trim() === '') empty[key as keyof typeof empty]++
    }
  }
  for (const [what, count] of Object.entries(empty)) {
    if (count > 0) onNotice(`${count} of ${rows.length} ${part} rows of "${name}" have an empty ${what}`)
  }
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
