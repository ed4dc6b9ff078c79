import { Fault, type FieldKinds, isListOf, refuseArguments } from '../../base/fault.ts'
import type { NoticeListener } from '../../base/notice.ts'
import { type HubOptions, hubOptionKinds } from '../../hub/snapshot.ts'
import { readAltCorpus } from '../formats/alt-corpus.ts'
import type { FormatColumn, FormatOptions, TableFormatKind } from '../formats/format.ts'
import { labelNames } from '../formats/label-names.ts'
import { readParallelText } from '../formats/parallel-text.ts'
import { type BytesListener, type OpenFile, openFile } from '../source/open-file.ts'
import type { LocatedRow, RowBatches } from '../source/row.ts'
import { decodeText } from '../text/encoding.ts'
import { missingColumn } from './column.ts'
import { distinctRows } from './distinct.ts'
import { archivedEndings, checkFormat, guessFormat, tableFormat } from './table-format.ts'
import { type TablePart, type TablePlace, tableParts } from './table-parts.ts'
import { UnheededOptions } from './unheeded-options.ts'
import { parseWhere, rowFilter, type WhereFilter } from './where.ts'

export { describePlace, type LocatedRow, type Row } from '../source/row.ts'

/** Where a table's rows come from and which of them are wanted. */
export interface TableSource extends TablePlace, FormatOptions {
  /** Text encoding; default: told by the bytes. */
  readonly encoding?: string
  /** The file to take from a zip archive. */
  readonly entry?: string
  readonly where?: WhereFilter
  /** Of rows that are equal in these columns (`true`: in all) only the first stays. */
  readonly distinct?: readonly string[] | true
  /** At most so many rows, counted after `where` and `distinct`. */
  readonly take?: number
}

export interface ReadOptions {
  /** Called with each sentence on something odd that does not stop the reading. */
  readonly onNotice?: NoticeListener
  /** How the hub is reached, by default as the environment says; who follows a download. Its signal ends the reading. */
  readonly hub?: HubOptions
  /** Told how far each file is. */
  readonly onBytes?: BytesListener
  /** Told once all is read how many rows `where` has left out. */
  readonly onLeftOut?: (rows: number) => void
  /** Whether options that no file's format heeds are left out, in place of a fault: those of another table. */
  readonly isLenient?: boolean
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
  refuseArguments({ source, options }, { source: { fields: sourceKinds }, options: { fields: optionKinds } })
  const places = (['file', 'files', 'hub'] as const).filter((name) => source[name] !== undefined)
  if (places.length > 1)
    throw new Fault(`Cannot read a table of ${places.map((name) => `"${name}"`).join(' and ')}: give one of them`)
  const filter = source.where === undefined ? undefined : rowFilter(checkedFilter(source.where))
  const isNew = source.distinct === undefined ? undefined : distinctRows(source.distinct)
  const wanted = source.take ?? Number.POSITIVE_INFINITY
  let read = 0
  let leftOut = 0
  let taken = 0
  let first: LocatedRow | undefined
  if (wanted <= 0) return
  for await (const batch of tableBatches(source, options)) {
    options.hub?.signal?.throwIfAborted()
    for (const located of batch) {
      read++
      first ??= located
      if (filter !== undefined && !filter.keeps(located.row)) {
        leftOut++
        continue
      }
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
  options.onLeftOut?.(leftOut)
}

const isText = (value: unknown): boolean => typeof value === 'string'

const sourceKinds: FieldKinds<TableSource> = {
  file: 'path?',
  files: {
    is: (value) => Object(value) === value && isListOf(isText)(Object.values(value as object)),
    words: 'a list of paths, or an object of them by column',
    optional: true,
  },
  hub: 'text?',
  revision: 'text?',
  split: 'text?',
  config: 'text?',
  format: 'text?',
  delimiter: 'text?',
  quote: 'text?',
  header: 'switch?',
  columns: 'texts?',
  at: 'text?',
  encoding: 'text?',
  entry: 'text?',
  where: 'object?',
  distinct: {
    is: (value) => value === true || isListOf(isText)(value),
    words: 'a list of columns, or true',
    optional: true,
  },
  take: {
    is: (value) => value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && Number(value) >= 0),
    words: 'a whole number of at least 0',
    optional: true,
  },
}

const optionKinds: FieldKinds<ReadOptions> = {
  onNotice: 'function?',
  hub: { fields: hubOptionKinds, optional: true },
  onBytes: 'function?',
  onLeftOut: 'function?',
  isLenient: 'switch?',
}

function checkedFilter(where: WhereFilter): WhereFilter {
  // A filter that a program has put together may ask for nothing.
  if (Object.keys(where).length === 0) return where
  const { filter, problems } = parseWhere(where)
  const [problem] = problems
  if (problem !== undefined) throw new Fault(`Cannot use "${['where', ...problem.path].join('.')}": ${problem.message}`)
  return filter
}

/** Reads all rows of a table into memory. */
export async function readAllRows(source: TableSource, options: ReadOptions = {}): Promise<LocatedRow[]> {
  const rows: LocatedRow[] = []
  for await (const row of readRows(source, options)) rows.push(row)
  return rows
}

function describeSource({ file, files, hub }: TableSource): string {
  const names = hub !== undefined ? [hub] : file !== undefined ? [file] : Object.values(files ?? {})
  return names.map((name) => `"${name}"`).join(', ')
}

async function* tableBatches(source: TableSource, options: ReadOptions): RowBatches {
  for await (const { rows } of openTable(source, options)) yield* rows
}

/** A file of a table, or what is read as one. */
export interface OpenPart {
  /** To be read once. */
  readonly rows: RowBatches
  /** Where it is one file. */
  readonly file?: string
  /** Whether rows may leave columns out. */
  readonly isRagged: boolean
  /** Where the file says them apart from its rows. */
  readonly columns?: () => Promise<readonly FormatColumn[]>
}

/**
 * Opens the parts of a table one after the other; nothing of a part is read before its rows are.
 *
 * @throws {Fault} when something is not there, or its format is not known
 */
export async function* openTable(source: TableSource, options: ReadOptions = {}): AsyncGenerator<OpenPart> {
  const onNotice = options.onNotice ?? (() => {})
  if (source.format !== undefined) checkFormat(source.format, describeSource(source))
  const parts = await tableParts(source, onNotice, options.hub)
  const unheeded = new UnheededOptions(source)
  for (const [index, part] of parts.entries()) {
    const { kind, name, open } = await readerOf(part, source, onNotice, options.onBytes)
    unheeded.heed(kind)
    if (index === parts.length - 1 && !options.isLenient) unheeded.refuse({ name, format: kind.name })
    yield open()
  }
}

/** How a part is read. */
interface PartReader {
  readonly kind: Pick<TableFormatKind, 'name' | 'heeds'>
  /** For sentences. */
  readonly name: string
  open(): OpenPart
}

async function readerOf(
  part: TablePart,
  source: TableSource,
  onNotice: NoticeListener,
  onBytes: BytesListener | undefined,
): Promise<PartReader> {
  if (part.kind === 'alt') {
    const { folder } = part
    const open = (): OpenPart => ({ rows: altBatches(folder, source, onNotice, onBytes), isRagged: false })
    return { kind: tableFormat('alt'), name: folder, open }
  }
  if (part.kind === 'joined') {
    const { files } = part
    const open = (): OpenPart => ({ rows: joinedBatches(files, source, onNotice, onBytes), isRagged: false })
    return { kind: tableFormat('text'), name: Object.values(files)[0] ?? '', open }
  }
  const file = await openFile(part.path, source.entry, archivedEndings, onBytes)
  const kind = tableFormat(source.format ?? guessFormat(file))
  return { kind, name: part.path, open: () => openPart(part, file, kind, source, onNotice) }
}

function openPart(
  { path, features }: Extract<TablePart, { kind: 'file' }>,
  file: OpenFile,
  { read, columns, isRagged = false }: TableFormatKind,
  source: TableSource,
  onNotice: NoticeListener,
): OpenPart {
  const text = (): AsyncGenerator<string> => decoded(file, source, onNotice)
  const rows = named(read({ file, text, options: source, onNotice }), labelNames(features))
  return { rows, file: path, isRagged, ...(columns !== undefined && { columns: () => columns(file) }) }
}

async function* named(batches: RowBatches, nameLabels: ReturnType<typeof labelNames>): RowBatches {
  for await (const batch of batches) yield nameLabels === undefined ? batch : batch.map(nameLabels)
}

async function* altBatches(
  folder: string,
  source: TableSource,
  onNotice: NoticeListener,
  onBytes: BytesListener | undefined,
): RowBatches {
  const text = async function* (path: string): AsyncGenerator<string> {
    yield* decoded(await openFile(path, source.entry, archivedEndings, onBytes), source, onNotice)
  }
  for await (const batch of readAltCorpus(folder, { languages: source.columns, text, onNotice })) {
    yield source.split === undefined ? batch : batch.filter(({ row }) => row.split === source.split)
  }
}

async function* joinedBatches(
  files: Readonly<Record<string, string>>,
  source: TableSource,
  onNotice: NoticeListener,
  onBytes: BytesListener | undefined,
): RowBatches {
  const columns = []
  for (const [column, path] of Object.entries(files)) {
    const file = await openFile(path, source.entry, archivedEndings, onBytes)
    columns.push({ column, file: file.name, text: decoded(file, source, onNotice) })
  }
  yield* readParallelText(columns)
}

function decoded(file: OpenFile, { encoding }: TableSource, onNotice: NoticeListener): AsyncGenerator<string> {
  return decodeText(file.bytes(), { file: file.name, encoding, onNotice })
}
