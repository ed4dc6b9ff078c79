import { Fault } from '../base/fault.ts'
import type { NoticeListener } from '../base/notice.ts'
import { plural } from '../base/plural.ts'
import { withAbsentColumns } from '../data/table/absent-columns.ts'
import { valueAt } from '../data/table/column.ts'
import { type LocatedRow, readAllRows, readRows, type TableSource } from '../data/table/table.ts'
import {
  type PreparedPair,
  preparedPair,
  preparedSource,
  sourceColumns,
  textColumns,
} from '../study/steps/prepare-task.ts'
import { endingOf, type UsableTask } from './usable-task.ts'

/** A row that is to be answered. */
export interface NewRow {
  /** What stands in the file's column of ids, else the number of the row. */
  readonly id: string | number
  /** Without the prefix. */
  readonly source: string
  /** Where it was asked for: what the answer should be. */
  readonly pair?: PreparedPair
}

export interface NewRowsOptions {
  /** The column that holds ids; default: `id` where every row has it, which an empty one does not. */
  readonly id?: string | undefined
  /** Take the rows as well that the task's `where` leaves out. */
  readonly allRows?: boolean | undefined
  /** Whether the right answers are wanted too. */
  readonly references?: boolean
  readonly onNotice?: NoticeListener
}

/**
 * Reads new rows of a task: a table with the columns from which the task makes its sources, or plain lines, each a source.
 * Of a table the rows are taken that pass the task's `where`.
 *
 * @throws {Fault} naming file, row and column that cannot be used
 */
export async function readNewRows(task: UsableTask, file: string, options: NewRowsOptions = {}): Promise<NewRow[]> {
  const place = tableOf(task, file)
  const { onNotice } = options
  const reading = { isLenient: true, ...(onNotice === undefined ? {} : { onNotice }) }
  if (await isPlainLines(task, place)) {
    if (options.references) throw new Fault(`Cannot score "${file}" as plain lines have no right answers: give a table`)
    return (await readAllRows(place, reading)).map(({ row, place: at }) => ({ id: at.row, source: row.text as string }))
  }
  const { where } = task.reading
  const table = where === undefined || options.allRows ? place : { ...place, where }
  const onLeftOut = (rows: number): void => {
    const left = `${plural(rows, 'row')} of "${file}" ${rows === 1 ? 'is' : 'are'} left out`
    if (rows > 0) onNotice?.(`${left}, as the task's "where" has it: --all-rows takes all`)
  }
  const columns = options.references ? textColumns(task.texts) : sourceColumns(task)
  const rows = withAbsentColumns(await readAllRows(table, { ...reading, onLeftOut }), columns)
  // Scores name no rows.
  const idOf = idsOf(rows, options.id, file, options.references ? undefined : onNotice)
  return rows.map((located) => ({ id: idOf(located), ...textsOf(task, located, options.references ?? false) }))
}

/** What to say where an id does not tell one row from another; nothing where each does. */
export function repeatedIds(rows: readonly Pick<NewRow, 'id'>[]): string | undefined {
  const counts = new Map<string, number>()
  // A program that looks answers up takes 7 and "7" for the same.
  for (const { id } of rows) counts.set(String(id), (counts.get(String(id)) ?? 0) + 1)
  const repeated = [...counts].filter(([, count]) => count > 1)
  const [first] = repeated
  if (first === undefined) return undefined
  const others = repeated.length === 1 ? '' : `, and ${plural(repeated.length - 1, 'other id')} too`
  return `${first[1]} rows have the id "${first[0]}"${others}: tell their answers apart by their order, which is that of the rows`
}

function tableOf({ reading }: UsableTask, file: string): TableSource {
  return { file, ...(reading.ending === endingOf(file) ? reading.options : {}) }
}

/** A table of one column `text` is plain lines, unless its file has a name for the column or the task reads it. */
async function isPlainLines(task: UsableTask, table: TableSource): Promise<boolean> {
  const isNamed =
    typeof table.file === 'string' && /\.(?:csv|tsv|tab|parquet|arrow|feather)(?:\.gz)?$/iu.test(table.file)
  if (isNamed || sourceColumns(task).includes('text')) return false
  for await (const { row } of readRows({ ...table, take: 1 }, { isLenient: true }))
    return Object.keys(row).join() === 'text'
  return false
}

function textsOf(task: UsableTask, located: LocatedRow, references: boolean): Pick<NewRow, 'source' | 'pair'> {
  if (!references) return { source: preparedSource(task, located) }
  const pair = preparedPair(task, located)
  return { source: pair.source, pair }
}

function idsOf(
  rows: readonly LocatedRow[],
  named: string | undefined,
  file: string,
  onNotice: NoticeListener | undefined,
): (row: LocatedRow) => string | number {
  const column = named ?? 'id'
  const lacking = rows.find(({ row }) => !isId(valueAt(row, column)))
  if (lacking === undefined) return ({ row }) => plainId(valueAt(row, column))
  if (named !== undefined) {
    throw new Fault(`Cannot take ids from column "${named}" of "${file}" as row ${lacking.place.row} has none there`)
  }
  if (rows.some(({ row }) => isId(valueAt(row, column)))) {
    const why = `row ${lacking.place.row} of "${file}" has no "${column}" while others have one`
    onNotice?.(`Answers have the numbers of their rows for ids as ${why}`)
  }
  return ({ place }) => place.row
}

function isId(value: unknown): boolean {
  return typeof value === 'string' ? value.trim() !== '' : ['number', 'bigint'].includes(typeof value)
}

function plainId(value: unknown): string | number {
  return typeof value === 'bigint' ? String(value) : (value as string | number)
}
