import { CsvError, parse } from 'csv-parse/sync'

/** How a delimited text is written. */
export interface CsvDialect {
  readonly delimiter: string
  /** `null`: quotes are ordinary characters. */
  readonly quote: string | null
  /** What makes a quote inside a quoted cell an ordinary one: the quote itself, or a backslash. */
  readonly escape: string | null
  /** Whether spaces after a delimiter are no part of the cell, as in `1, "a, b", 2`. */
  readonly trimStart: boolean
  /** Whether a quote within a cell that none begins is an ordinary one, as in `5" screen`. */
  readonly bareQuotes: boolean
  /** What ends a row: LF and CRLF, or CR. */
  readonly rowEnds: readonly string[]
}

interface DialectHints {
  readonly delimiter?: string | undefined
  /** An empty text says that quotes are ordinary characters. */
  readonly quote?: string | undefined
  /** Whether the file's name says that its cells are separated by tabs. */
  readonly tabs: boolean
}

const usualDelimiters = [',', ';', '\t', '|']
const delimiterSampleLength = 64 * 1024

/**
 * Finds the dialect by parsing the beginning of the text in every way that comes into question and taking the one
 * whose rows agree most on their number of cells.
 *
 * @param sample the text's beginning
 * @param isWhole whether the sample is all of the text
 */
export function detectDialect(sample: string, isWhole: boolean, hints: DialectHints): CsvDialect {
  const delimiters = hints.delimiter !== undefined ? [hints.delimiter] : hints.tabs ? ['\t'] : usualDelimiters
  const rowEnds = rowEndCandidates(sample)
  const short = sample.slice(0, delimiterSampleLength)
  const candidates = delimiters.flatMap((delimiter) =>
    rowEnds.flatMap((ends) =>
      quotings(hints.quote, spacedQuote(delimiter, short)).map((quoting) => ({ delimiter, rowEnds: ends, ...quoting })),
    ),
  )
  let beginning = short
  while (beginning.length < sample.length && endsInItsFirstRows(candidates, beginning)) {
    beginning = sample.slice(0, 4 * beginning.length)
  }
  const first = best(candidates, (dialect) => score(dialect, beginning, isWhole && beginning === sample))
  if (short === sample || !short.includes('"')) {
    if (short === sample || !sample.includes('"')) return first
  }
  // Quotes are seldom in the beginning: they are judged by the whole sample, with the delimiter known.
  const requoted = quotings(hints.quote, spacedQuote(first.delimiter, sample)).map((quoting) => ({
    ...first,
    ...quoting,
  }))
  return best(requoted, (dialect) => score(dialect, sample, isWhole))
}

/**
 * Whether a text whose name says nothing looks like a table: nearly all of its first rows have as many cells as the first.
 *
 * @param head the text's beginning
 * @param isWhole whether it is all of the text
 */
export function looksDelimited(
  head: string,
  isWhole: boolean,
  delimiters: readonly string[] = usualDelimiters,
): boolean {
  return delimiters.some((delimiter) => {
    if (!head.includes(delimiter)) return false
    const { rows } = parseSample(detectDialect(head, isWhole, { delimiter, tabs: false }), head)
    const widths = (isWhole ? rows : rows.slice(0, -1)).map((row) => row.length)
    const agreeing = widths.filter((width) => width === widths[0]).length
    return widths[0]! > 1 && agreeing > 1 && agreeing >= 0.8 * widths.length
  })
}

type Quoting = Pick<CsvDialect, 'quote' | 'escape' | 'trimStart' | 'bareQuotes'>

function quotings(quote: string | undefined, isSpaced: boolean): Quoting[] {
  const none = { quote: null, escape: null, trimStart: false, bareQuotes: false }
  if (quote === '') return [none]
  const told = { ...none, quote: quote ?? '"', escape: quote ?? '"' }
  if (quote !== undefined) return [told]
  const spaced = isSpaced ? [{ ...told, trimStart: true }] : []
  return [told, ...spaced, { ...told, escape: '\\' }, { ...told, bareQuotes: true }, none]
}

/** Whether a cell seems to begin with a space and then a quote, as many a program and hand writes. */
function spacedQuote(delimiter: string, sample: string): boolean {
  return delimiter.trim() !== '' && sample.includes(`${delimiter} "`)
}

function rowEndCandidates(sample: string): (readonly string[])[] {
  const unix = ['\r\n', '\n']
  const mac = ['\r']
  if (!sample.includes('\n')) return sample.includes('\r') ? [mac] : [unix]
  return /\r(?!\n)/.test(sample) ? [unix, mac] : [unix]
}

/** The candidate with the highest score; of equal ones the first. */
function best(candidates: readonly CsvDialect[], scoreOf: (candidate: CsvDialect) => number): CsvDialect {
  const [first, ...others] = candidates
  if (others.length === 0) return first!
  let found = first!
  let highest = scoreOf(found)
  for (const candidate of others) {
    const value = scoreOf(candidate)
    if (value > highest) {
      found = candidate
      highest = value
    }
  }
  return found
}

/** For a file that seems to have one column: less than for any table of which most rows agree. */
const oneColumnScore = 0.5

/** For one column whose header names several: less than for any table, so that the row is named that is damaged. */
const hiddenColumnsScore = 0.01

/**
 * Between 0 (cannot be read so) and 2: the share of rows as wide as the first, plus up to 1 if there are columns, the
 * more the more rows agree, as two long rows may be equally wide by chance. Texts whose first line is a sentence, with
 * commas here and there, are one column rather than a table with damaged rows.
 */
function score(dialect: CsvDialect, sample: string, isWhole: boolean): number {
  const { rows, error } = parseSample(dialect, sample)
  if (dialect.bareQuotes && !hasQuotedCell(dialect, sample)) return 0
  if (rows.some((row) => hasTextBehindQuote(dialect, row))) return 0
  if (error !== undefined) {
    if (isWhole || error.code !== 'CSV_QUOTE_NOT_CLOSED' || !isOpenedByCut(dialect, rows, sample)) return 0
  }
  const widths = (isWhole || rows.length < 2 ? rows : rows.slice(0, -1)).map((row) => row.length)
  const width = widths[0] ?? 0
  if (width === 0) return 0
  const agreeing = widths.filter((other) => other === width).length / widths.length
  if (width === 1 && namesColumns(sample)) return agreeing * hiddenColumnsScore
  if (width === 1 && !looksLikeData(rows[0]!)) return agreeing * oneColumnScore
  if (width > 1 && agreeing === 1 && widths.length > 1 && isQuoted(dialect, sample)) return 2
  return agreeing + (width > 1 ? agreeing ** 4 * (1 - 1 / (1 + widths.length)) : 0)
}

/** Whether a beginning is too short to tell: a quote is open at its end behind a row or two. */
function endsInItsFirstRows(candidates: readonly CsvDialect[], short: string): boolean {
  return candidates.some((dialect) => {
    if (dialect.quote === null || dialect.bareQuotes || !short.includes(dialect.quote)) return false
    const { rows, error } = parseSample(dialect, short)
    return error?.code === 'CSV_QUOTE_NOT_CLOSED' && rows.length > 0 && rows.length < 3 && rows[0]!.length > 1
  })
}

/**
 * Whether the cell that is open at a sample's end is one that the cut has opened, and not a quote that never closes: behind many rows,
 * or where the rows before it, of which a sample holds few if they are long, are all as wide and about as long.
 */
function isOpenedByCut({ delimiter }: CsvDialect, rows: readonly (readonly string[])[], sample: string): boolean {
  if (rows.length > 20) return true
  const width = rows[0]?.length ?? 0
  // Any line is a row of one column.
  if (rows.length < (width > 1 ? 2 : 3) || rows.some((row) => row.length !== width)) return false
  const lengths = rows.map((row) => row.join(delimiter).length)
  const open = sample.length - lengths.reduce((sum, length) => sum + length, 0)
  return open <= 2 * Math.max(...lengths)
}

/**
 * Whether quotes that open and close cells are what they seem: rows that all agree are not fewer by chance. With tabs, sentences that
 * begin and end with a quote some lines apart look alike.
 */
function isQuoted(dialect: CsvDialect, sample: string): boolean {
  const { delimiter, quote, bareQuotes } = dialect
  return quote !== null && !bareQuotes && delimiter.trim() !== '' && hasQuotedCell(dialect, sample)
}

/** Where quotes within cells are letters, a cell that still begins with its quote has text after the closing one. */
export function hasTextBehindQuote({ bareQuotes, quote }: CsvDialect, cells: readonly string[]): boolean {
  return bareQuotes && cells.some((cell) => cell.startsWith(quote!))
}

/** Whether any cell begins with a quote: else quotes are letters, also where a later cell begins with one. */
function hasQuotedCell({ delimiter, quote }: CsvDialect, sample: string): boolean {
  return [delimiter, '\n', '\r'].some((before) => sample.includes(`${before}${quote}`)) || sample.startsWith(quote!)
}

/** Whether the first line reads like the names of several columns, and not like a sentence with commas. */
function namesColumns(sample: string): boolean {
  const [line] = sample.split(/[\r\n]/, 1)
  return usualDelimiters.some((delimiter) => {
    const names = line!.split(delimiter)
    return names.length > 1 && new Set(names).size === names.length && names.every((name) => columnName.test(name))
  })
}

const columnName = /^"?[\p{L}_][\p{L}\p{N}_.-]{0,39}"?$/u

/**
 * Why quotes were taken for ordinary characters, though cells begin with them.
 *
 * @returns part of a sentence, with the line; `undefined` when nothing is odd
 */
export function whyUnquoted(dialect: CsvDialect, sample: string): string | undefined {
  if (
    dialect.quote !== null ||
    !parseSample(dialect, sample)
      .rows.flat()
      .some((cell) => cell.startsWith('"'))
  ) {
    return undefined
  }
  const { error } = parseSample({ ...dialect, quote: '"', escape: '"' }, sample)
  const line = /at line (\d+)/.exec(error?.message ?? '')?.[1]
  if (error === undefined) return undefined
  // csv-parse names the line where the text ends, and not the one where the quote stands.
  return error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'one never closes' : `there is text beside one on line ${line}`
}

/** Whether a table's lines are rows as well where its quotes are letters: which of the two is meant only its author knows. */
export function isTableWithoutQuotes(dialect: CsvDialect, sample: string, isWhole: boolean): boolean {
  if (dialect.quote === null || !isQuoted(dialect, sample) || !hasOpenLine(dialect.quote, sample)) return false
  const plain = { ...dialect, quote: null, escape: null, trimStart: false }
  const rows = (one: CsvDialect): readonly string[][] => {
    const { rows } = parseSample(one, sample)
    return isWhole ? rows : rows.slice(0, -1)
  }
  const lines = rows(plain)
  // Any text is a table of one column.
  const width = lines[0]?.length ?? 0
  return width > 1 && lines.length > rows(dialect).length && lines.every((cells) => cells.length === width)
}

/** Whether a quote is open at the end of any line, as far as their numbers tell. */
function hasOpenLine(quote: string, sample: string): boolean {
  return sample.split('\n').some((line) => line.includes(quote) && line.split(quote).length % 2 === 0)
}

/** The rows behind a table's first one, as far as the sample has them, at most a hundred. */
export function nextRows(dialect: CsvDialect, sample: string): readonly (readonly string[])[] {
  try {
    return (parse(sample, { ...csvParseOptions(dialect), to: 101 }) as string[][]).slice(1)
  } catch (error) {
    if (error instanceof CsvError) return parseSample(dialect, sample).rows.slice(1, 101)
    throw error
  }
}

function parseSample(dialect: CsvDialect, sample: string): { rows: string[][]; error?: CsvError } {
  const rows: string[][] = []
  try {
    parse(sample, {
      ...csvParseOptions(dialect),
      on_record: (record: string[]) => {
        rows.push(record)
        return null
      },
    })
    return { rows }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { rows, error }
  }
}

/** The options of csv-parse for a dialect; rows come as lists of texts, whatever their widths. */
export function csvParseOptions(dialect: CsvDialect): {
  delimiter: string
  quote: string | null
  escape: string | null
  record_delimiter: string[]
  relax_column_count: true
  skip_empty_lines: true
  ltrim: boolean
  relax_quotes: boolean
} {
  return {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    record_delimiter: [...dialect.rowEnds],
    relax_column_count: true,
    skip_empty_lines: true,
    ltrim: dialect.trimStart,
    relax_quotes: dialect.bareQuotes,
  }
}

/**
 * Judges whether a table's first row holds data rather than names: its first cell is a number, its numbers come again below
 * them, or it reads like sentences (Tatoeba's downloads have no header, for one). Survey questions may be names, so `?`
 * says nothing; and what stands above a number in the first column is a name, such as "Nr.".
 *
 * @param next rows behind it
 */
export function looksLikeData(firstRow: readonly string[], next: readonly (readonly string[])[] = []): boolean {
  if (isNumber(firstRow[0]!)) return true
  if (isNumber(next[0]?.[0] ?? '')) return false
  if (hasNumbersAgain(firstRow, next)) return true
  const sentences = firstRow.filter((cell) => cell.length > 100 || /[.!。！]["'”’」）)]?$/u.test(cell.trim()))
  return sentences.length * 2 >= firstRow.length
}

/**
 * Whether the numbers of a row come again below them, in columns of numbers: years and the counts of a pivot table do not. Those that
 * ascend, as numbered labels over zeros and ones do, may be names.
 */
function hasNumbersAgain(firstRow: readonly string[], next: readonly (readonly string[])[]): boolean {
  const places = [...firstRow.keys()].filter((i) => isNumber(firstRow[i]!))
  const comesAgain = (place: number): boolean =>
    next.every((row) => isNumber(row[place] ?? '')) &&
    next.some((row) => row[place]!.trim() === firstRow[place]!.trim())
  if (places.length === 0 || !places.every(comesAgain)) return false
  const numbers = places.map((i) => Number(firstRow[i]))
  return numbers.length === 1 || numbers.some((number, i) => i > 0 && number <= numbers[i - 1]!)
}

function isNumber(cell: string): boolean {
  return cell.trim() !== '' && Number.isFinite(Number(cell))
}
