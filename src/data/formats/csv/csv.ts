import { CsvError, parse } from 'csv-parse'
import { Fault } from '../../../base/fault.ts'
import type { NoticeListener } from '../../../base/notice.ts'
import { maxRecordLength } from '../../../base/utf8-text.ts'
import { type LocatedRow, type RowBatches, rowMaker } from '../../source/row.ts'
import { sampleText } from '../../text/text-sample.ts'
import type { FormatInput, TableFormatKind } from '../format.ts'
import {
  type CsvDialect,
  csvParseOptions,
  detectDialect,
  hasTextBehindQuote,
  isTableWithoutQuotes,
  looksLikeData,
  nextRows,
  whyUnquoted,
} from './csv-dialect.ts'

const delimitedOptions = ['delimiter', 'quote', 'header', 'columns', 'encoding'] as const

export const csvFormat = {
  name: 'csv',
  endings: ['.csv'],
  heeds: delimitedOptions,
  preference: 50,
  read: (input) => readDelimited(input, false),
} as const satisfies TableFormatKind

export const tsvFormat = {
  name: 'tsv',
  endings: ['.tsv', '.tab'],
  heeds: delimitedOptions,
  preference: 60,
  read: (input) => readDelimited(input, true),
} as const satisfies TableFormatKind

function readDelimited({ file, text, options, onNotice }: FormatInput, tabs: boolean): RowBatches {
  return readCsv(text(), { ...options, file: file.name, tabs, onNotice })
}

/** As many as an Arrow file may have. */
const maxColumns = 100_000

interface CsvOptions {
  readonly file: string
  readonly delimiter?: string | undefined
  /** The quote; empty when quotes are ordinary characters. */
  readonly quote?: string | undefined
  /** Names of the columns, instead of those in the header (which is then skipped, if `header` says there is one). */
  readonly columns?: readonly string[] | undefined
  /** Whether the first row holds names. Default: it does, unless it looks like data or `columns` are given. */
  readonly header?: boolean | undefined
  /** Whether the name says that cells are separated by tabs. */
  readonly tabs: boolean
  readonly onNotice: NoticeListener
}

/**
 * Reads comma-, tab- or otherwise separated rows; all values are texts. Blank lines are skipped.
 *
 * @throws {Fault} at a row that is wider or narrower than the header, and at a quote that opens or closes wrongly
 */
export async function* readCsv(chunks: AsyncIterable<string>, options: CsvOptions): AsyncGenerator<LocatedRow[]> {
  const { file } = options
  const sampled = await sampleText(chunks)
  const told = delimiterLine.exec(sampled.sample)
  const skipped = told?.[0].length ?? 0
  const sample = sampled.sample.slice(skipped)
  if (sample.trim() === '') return
  const dialect = detectDialect(sample, sampled.isWhole, {
    ...options,
    delimiter: delimiterOf(options.delimiter, file) ?? told?.[1],
  })
  // Programs that write tabs seldom write quotes round cells.
  const unquoted = options.quote === undefined && !options.tabs ? whyUnquoted(dialect, sample) : undefined
  if (unquoted !== undefined) {
    options.onNotice(
      `Took quotes in "${file}" for ordinary characters, as ${unquoted}: mend it, or set quote: "" if they are`,
    )
  }
  if (options.quote === undefined && isTableWithoutQuotes(dialect, sample, sampled.isWhole)) {
    options.onNotice(
      `Read cells of "${file}" over several lines, by their quotes, though each line looks like a row too: set quote: "" if quotes are ordinary characters`,
    )
  }
  let columns: readonly string[] | undefined
  let makeRow = rowMaker([])
  let rows = 0
  const text = skipped === 0 ? sampled.text : without(sampled.text, skipped)
  for await (const records of parseRecords(text, dialect, file, skipped === 0 ? 1 : 2)) {
    const batch: LocatedRow[] = []
    for (const { cells, line } of records) {
      if (columns === undefined) {
        if (cells.length > maxColumns) {
          throw new Fault(
            `Cannot read "${file}" as its first row has ${cells.length} columns, more than ${maxColumns}: is the delimiter right?`,
          )
        }
        const isHeader =
          options.header ?? (options.columns === undefined && !looksLikeData(cells, nextRows(dialect, sample)))
        const given = options.columns && givenNames(options.columns, file)
        columns = given ?? (isHeader ? columnNames(cells, options) : cells.map((_, i) => `column${i + 1}`))
        makeRow = rowMaker(columns)
        if (isHeader) continue
        if (options.columns === undefined && options.header === undefined) options.onNotice(noHeader(file, columns))
      }
      rows++
      // It may have taken in all lines up to the next quote.
      if (hasTextBehindQuote(dialect, cells)) {
        yield batch
        throw textBehindQuote(file, line)
      }
      if (cells.length !== columns.length) {
        yield batch
        throw unlikeWidth(file, rows, line, cells, columns, dialect)
      }
      batch.push({ row: makeRow(cells), place: { file, row: rows, line } })
    }
    if (batch.length > 0) yield batch
  }
}

const delimiterNames = new Map([
  ['tab', '\t'],
  ['\\t', '\t'],
  ['comma', ','],
  ['semicolon', ';'],
  ['pipe', '|'],
  ['space', ' '],
])

/** A delimiter may be given by its name, as a tab is hard to write. */
function delimiterOf(written: string | undefined, file: string): string | undefined {
  if (written === '') throw new Fault(`Cannot read "${file}" with an empty delimiter: leave it out to have it found`)
  return written === undefined ? undefined : (delimiterNames.get(written.toLowerCase()) ?? written)
}

/** How spreadsheets are told the delimiter: a first line of its own. */
const delimiterLine = /^sep=([^\r\n])(?:\r\n|\n|\r)/i

/** A text without its first characters, all of which are in its first piece. */
async function* without(text: AsyncIterable<string>, characters: number): AsyncGenerator<string> {
  let left = characters
  for await (const piece of text) {
    yield piece.slice(left)
    left = 0
  }
}

interface CsvRecord {
  readonly cells: string[]
  /** 1-based line on which the record begins. */
  readonly line: number
}

async function* parseRecords(
  chunks: AsyncIterable<string>,
  dialect: CsvDialect,
  file: string,
  firstLine: number,
): AsyncGenerator<CsvRecord[]> {
  let batch: CsvRecord[] = []
  // Lines are counted from the cells, as csv-parse counts a CRLF inside a quoted cell twice.
  let nextLine = firstLine
  let emptyLines = 0
  const parser = parse({
    ...csvParseOptions(dialect),
    max_record_size: maxRecordLength,
    // Records are taken here, a batch for each chunk of text, and not from the stream's other end, where those before
    // a fault would be lost and each would cost an await.
    on_record: (cells: string[], context) => {
      const line = nextLine + context.empty_lines - emptyLines
      emptyLines = context.empty_lines
      nextLine = line + 1
      for (const cell of cells) nextLine += lineEndsIn(cell)
      batch.push({ cells, line })
      return null
    },
  })
  let failure: unknown
  parser.on('error', (error) => {
    failure = error
  })
  const takeBatch = (): CsvRecord[] => {
    const taken = batch
    batch = []
    return taken
  }
  for await (const chunk of chunks) {
    await new Promise((resolve) => parser.write(chunk, resolve))
    yield takeBatch()
    if (failure !== undefined) break
  }
  if (failure === undefined) {
    await new Promise((resolve) => parser.end(resolve))
    yield takeBatch()
  }
  if (failure !== undefined)
    throw failure instanceof CsvError
      ? csvFault(failure, file, nextLine + parser.info.empty_lines - emptyLines)
      : failure
}

function lineEndsIn(cell: string): number {
  if (!cell.includes('\n') && !cell.includes('\r')) return 0
  return cell.match(/\r\n|\n|\r/g)?.length ?? 0
}

const advice = 'mend it, or set quote: "" if quotes are ordinary characters in this file'

function textBehindQuote(file: string, line: number): Fault {
  return new Fault(`Cannot read "${file}" as the row on line ${line} has text after a closing quote: ${advice}`)
}

function csvFault(error: CsvError, file: string, line: number): Fault {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new Fault(`Cannot read "${file}" as the row on line ${line} opens a quote that never closes: ${advice}`)
    case 'CSV_INVALID_CLOSING_QUOTE':
      return textBehindQuote(file, line)
    case 'INVALID_OPENING_QUOTE':
      return new Fault(`Cannot read "${file}" as the row on line ${line} has a quote inside a bare cell: ${advice}`)
    case 'CSV_MAX_RECORD_SIZE':
      return new Fault(
        `Cannot read "${file}" as the row on line ${line} is longer than ${maxRecordLength / 1024 / 1024} Mi characters: ` +
          'is a quote left open, or is it another format?',
      )
    default:
      return new Fault(`Cannot read the row on line ${line} of "${file}": ${error.message}`)
  }
}

function unlikeWidth(
  file: string,
  row: number,
  line: number,
  cells: readonly string[],
  columns: readonly string[],
  dialect: CsvDialect,
): Fault {
  const delimiter = dialect.delimiter === '\t' ? 'tab' : `"${dialect.delimiter}"`
  return new Fault(
    `Cannot read row ${row} of "${file}" (line ${line}) as it has ${cells.length} cells where there are ` +
      `${columns.length} columns, with delimiter ${delimiter}: mend the row or set delimiter or quote`,
  )
}

const toldNames = 5

/** A header's names, made unique and not empty, as paths need them. */
function columnNames(cells: readonly string[], { file, onNotice }: CsvOptions): string[] {
  const names = new Set<string>()
  const copies = new Map<string, number>()
  const odd: string[] = []
  for (const [i, cell] of cells.entries()) {
    const wanted = cell.trim() === '' ? `column${i + 1}` : cell.trim()
    let name = wanted
    let copy = copies.get(wanted) ?? 2
    for (; names.has(name); copy++) name = `${wanted}_${copy}`
    copies.set(wanted, copy)
    if (name !== cell.trim()) odd.push(`Named column ${i + 1} of "${file}" "${name}" as its header is "${cell}"`)
    names.add(name)
  }
  const told = odd.length > toldNames ? odd.slice(0, toldNames - 1) : odd
  for (const sentence of told) onNotice(sentence)
  if (told.length < odd.length) onNotice(`Named ${odd.length - told.length} more columns of "${file}" likewise`)
  return [...names]
}

/** @throws {Fault} if two have one name, of which the first would be lost */
function givenNames(columns: readonly string[], file: string): readonly string[] {
  const twin = columns.find((name, i) => columns.indexOf(name) < i)
  if (twin === undefined) return columns
  throw new Fault(`Cannot name two columns of "${file}" "${twin}": give each a name of its own`)
}

function noHeader(file: string, columns: readonly string[]): string {
  const names = columns.length > 2 ? `${columns[0]} … ${columns.at(-1)}` : columns.join(', ')
  return (
    `Took the first row of "${file}" for data and named the columns ${names}, as it does not look like names: ` +
    'set columns to name them, or header: true'
  )
}
