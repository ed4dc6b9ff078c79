import { Fault } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import { missingColumn } from './column.ts'
import { readCsv } from './csv.ts'
import { distinctRows } from './distinct.ts'
import { decodeText } from './encoding.ts'
import { readJsonLines } from './jsonl.ts'
import { type OpenFile, openFile } from './open-file.ts'
import type { LocatedRow, NoticeListener, RowBatches } from './row.ts'
import { guessFormat, isTableFormat, type TableFormat, tableFormats } from './table-format.ts'
import { readTextLines } from './text-lines.ts'
import { rowFilter, type WhereFilter } from './where.ts'

export type { LocatedRow, Row, RowPlace } from './row.ts'

/** Where a table's rows come from and which of them are wanted. */
export interface TableSource {
  /** A file. */
  readonly file?: string
  /** Several files of one table, read one after the other. */
  readonly files?: readonly string[]
  /** Default: told by name and content. */
  readonly format?: TableFormat
  /** Text encoding; default: told by the bytes. */
  readonly encoding?: string
  /** Between the cells of a CSV file; default: found by trying. */
  readonly delimiter?: string
  /** Round cells of a CSV file that hold delimiters; empty when quotes are ordinary characters. */
  readonly quote?: string
  /** Whether a CSV file's first row holds names; default: unless it looks like data or `columns` are given. */
  readonly header?: boolean
  /** Names for a CSV file's columns. */
  readonly columns?: readonly string[]
  /** The file to take from a zip archive. */
  readonly entry?: string
  /** Path of the list of rows inside a JSON file. */
  readonly at?: string
  readonly where?: WhereFilter
  /** Of rows that are equal in these columns (`true`: in all) only the first stays. */
  readonly distinct?: readonly string[] | true
  /** At most so many rows, counted after `where` and `distinct`. */
  readonly take?: number
}

export interface ReadOptions {
  /** Called with each sentence on something odd that does not stop the reading. */
  readonly onNotice?: NoticeListener
}

/**
 * Reads a table's rows one by one, without ever holding the whole file.
 *
 * Rows come in the file's order, filtered by `where`, freed of repetitions by `distinct` and cut by `take`. Values
 * have the types of the format: texts in CSV, everything that JSON has, numbers and nested values in Parquet and Arrow.
 *
 * @throws {Fault} while reading: when a file is missing or damaged (with row or line), when a column of the filter is
 *   not there, and at the end when there was no row at all
 */
export async function* readRows(source: TableSource, options: ReadOptions = {}): AsyncGenerator<LocatedRow> {
  const onNotice = options.onNotice ?? (() => {})
  const filter = source.where === undefined ? undefined : rowFilter(source.where)
  const isNew = source.distinct === undefined ? undefined : distinctRows(source.distinct)
  const wanted = source.take ?? Number.POSITIVE_INFINITY
  let read = 0
  let taken = 0
  let first: LocatedRow | undefined
  if (wanted <= 0) return
  for await (const batch of rowBatches(source, onNotice)) {
    for (const located of batch) {
      read++
      first ??= located
      if (filter !== undefined && !filter.keeps(located.row)) continue
      if (isNew !== undefined && !isNew(located)) continue
      yield located
      taken++
      if (taken >= wanted) return
    }
  }
  const name = describeSource(source)
  if (first === undefined) throw new Fault(`Cannot use ${name} as it has no rows`)
  const [unseen] = filter?.unseen() ?? []
  if (unseen !== undefined) throw missingColumn(first.row, unseen, first.place)
  if (taken === 0) throw new Fault(`Cannot use ${name} as none of its ${read} rows passes "where"`)
}

/** Reads all rows of a table into memory. */
export async function readAllRows(source: TableSource, options: ReadOptions = {}): Promise<LocatedRow[]> {
  const rows: LocatedRow[] = []
  for await (const row of readRows(source, options)) rows.push(row)
  return rows
}

function describeSource({ file, files }: TableSource): string {
  const names = file !== undefined ? [file] : (files ?? [])
  return names.length === 1 ? `"${names[0]}"` : `${names.map((name) => `"${name}"`).join(', ')}`
}

async function* rowBatches(source: TableSource, onNotice: NoticeListener): RowBatches {
  const files = source.file !== undefined ? [source.file] : (source.files ?? [])
  if (files.length === 0) throw new Fault('Cannot read a table without a file: name one')
  for (const file of files) yield* fileBatches(file, source, onNotice)
}

async function* fileBatches(path: string, source: TableSource, onNotice: NoticeListener): RowBatches {
  if (source.format !== undefined && !isTableFormat(source.format)) {
    const hint = didYouMean(source.format, tableFormats) || `: use ${tableFormats.join(', ')}`
    throw new Fault(`Cannot read "${path}" in unknown format "${String(source.format)}"${hint}`)
  }
  const file = await openFile(path, source.entry)
  const format = source.format ?? guessFormat(file)
  yield* readerOf[format](file, source, onNotice)
}

type Reader = (file: OpenFile, source: TableSource, onNotice: NoticeListener) => RowBatches

const text = (file: OpenFile, { encoding }: TableSource, onNotice: NoticeListener): AsyncGenerator<string> =>
  decodeText(file.bytes(), { file: file.name, encoding, onNotice })

const readDelimited = (file: OpenFile, source: TableSource, onNotice: NoticeListener, tabs: boolean): RowBatches => {
  const { delimiter, quote, header, columns } = source
  const options = { file: file.name, delimiter, quote, header, columns, tabs, onNotice }
  return readCsv(text(file, source, onNotice), options)
}

const readerOf: { readonly [Format in TableFormat]: Reader } = {
  csv: (file, source, onNotice) => readDelimited(file, source, onNotice, false),
  tsv: (file, source, onNotice) => readDelimited(file, source, onNotice, true),
  jsonl: (file, source, onNotice) => readJsonLines(text(file, source, onNotice), file.name),
  text: (file, source, onNotice) => readTextLines(text(file, source, onNotice), file.name),
}
