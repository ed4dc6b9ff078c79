import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { writeJsonLines } from '../../base/json-lines.ts'
import { withAbsentColumns } from '../../data/table/absent-columns.ts'
import { columnValue, fillTemplate, textOf } from '../../data/table/column.ts'
import { splitRows } from '../../data/table/split.ts'
import { type LocatedRow, type ReadOptions, readAllRows } from '../../data/table/table.ts'
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
import { readLabels } from './read-labels.ts'

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

/** Reads, divides and cleans a task's rows; parts without rows may be absent. */
export async function taskParts(
  task: StudyTask,
  options: ReadOptions = {},
): Promise<Partial<Record<SplitName, readonly Prepared[]>>> {
  const { rows, split, parts } = task.data
  const dividing = [split.group, split.stratify].filter((column) => typeof column === 'string')
  const columns = [...textColumns(task.texts), ...dividing]
  const read = async (source: FileSource): Promise<readonly LocatedRow[]> =>
    withAbsentColumns(await readAllRows(source.table, options), columns)
  const prepared: Partial<Record<SplitName, readonly Prepared[]>> = {}
  for (const part of splitNames) {
    const source = parts[part]
    if (source !== undefined) prepared[part] = (await read(source)).map((row) => prepareRow(task, row))
  }
  if (rows === undefined) return prepared
  const all = await read(rows)
  const groups =
    split.group === undefined ? undefined : all.map(({ row, place }) => textOf(columnValue(row, split.group!, place)))
  const sizes = { train: split.train ?? 'rest', validation: split.validation, test: split.test } as const
  const divided = divide(task.name, all.length, sizes, {
    seed: split.seed,
    shuffle: split.shuffle,
    ...(groups === undefined ? {} : { groups }),
    ...(split.stratify === undefined ? {} : { labels: all.map((row) => strataOf(task.texts, split.stratify!, row)) }),
  })
  // Every row is made ready, also one that no part uses: a wrong label in it is a wrong label in the data.
  const ready = all.map((row) => prepareRow(task, row))
  for (const part of splitNames) {
    if (divided[part].length > 0) prepared[part] = Array.from(divided[part], (row) => ready[row]!)
  }
  return prepared
}

/** A row's own labels, or the value of a column as one. */
function strataOf(texts: TaskTexts, by: true | string, located: LocatedRow): readonly string[] {
  if (by === true) return texts.kind === 'labels' ? readLabels(texts, located) : []
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

function warnOfEmpty(
  name: string,
  part: SplitName,
  rows: readonly Prepared[],
  onNotice: (sentence: string) => void,
): void {
  const count = (test: (row: Prepared) => boolean, what: string): void => {
    const empty = rows.filter(test).length
    if (empty > 0) onNotice(`${empty} of ${rows.length} ${part} rows of "${name}" have an empty ${what}`)
  }
  count((row) => 'text' in row && row.text.trim() === '', 'text')
  count((row) => 'source' in row && row.source.trim() === '', 'source')
  count((row) => 'target' in row && row.target.trim() === '', 'target')
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
