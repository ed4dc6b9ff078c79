import { extname } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { altFormat } from '../formats/alt-corpus.ts'
import { arrowFormat } from '../formats/arrow/arrow.ts'
import { csvFormat, tsvFormat } from '../formats/csv/csv.ts'
import { looksDelimited } from '../formats/csv/csv-dialect.ts'
import type { TableFormatKind } from '../formats/format.ts'
import { jsonFormat } from '../formats/json/json.ts'
import { jsonlFormat } from '../formats/json/jsonl.ts'
import { parquetFormat } from '../formats/parquet/parquet.ts'
import { textFormat } from '../formats/text-lines.ts'
import { headBytes } from '../source/head.ts'
import type { OpenFile } from '../source/open-file.ts'
import { headText } from '../text/encoding.ts'

/** Every format of tables. What else must know of one asks here. */
const formatKinds = [
  csvFormat,
  tsvFormat,
  jsonFormat,
  jsonlFormat,
  parquetFormat,
  arrowFormat,
  textFormat,
  altFormat,
] as const

export type TableFormat = (typeof formatKinds)[number]['name']

export const tableFormats = formatKinds.map(({ name }) => name) as [TableFormat, ...TableFormat[]]

/** Endings of files that hold tables, the ones that are preferred where there are several formats first. */
export const tableEndings = kindsByPreference().flatMap(({ endings }) => endings)

/** Endings of files in an archive that are tables, and of those that are only where there is no other. */
export const archivedEndings = {
  tables: kindsByPreference().flatMap(({ endings, isPlainText }) => (isPlainText ? [] : endings)),
  texts: kindsByPreference().flatMap(({ endings, isPlainText }) => (isPlainText ? endings : [])),
}

function kindsByPreference(): TableFormatKind[] {
  return formatKinds.toSorted((a, b) => a.preference - b.preference)
}

export function tableFormat(format: TableFormat): TableFormatKind {
  return formatKinds.find(({ name }) => name === format)!
}

/**
 * Checks a format's name.
 *
 * @param table the table for sentences, in quotes
 * @throws {Fault} naming the nearest one
 */
export function checkFormat(name: string, table: string): void {
  if ((tableFormats as readonly string[]).includes(name)) return
  const hint = didYouMean(name, tableFormats) || `: use ${tableFormats.join(', ')}`
  throw new Fault(`Cannot read ${table} in unknown format "${name}"${hint}`)
}

/**
 * Tells a file's format by its first bytes where they say it, then by its ending, then by what its text looks like:
 * a brace or bracket begins JSON, lines with columns are CSV where the ending says nothing (with tabs, also in `.txt`), and everything else is plain
 * lines.
 */
export function guessFormat({ innerName, head }: Pick<OpenFile, 'innerName' | 'head'>): TableFormat {
  const kinds: readonly (TableFormatKind & { readonly name: TableFormat })[] = formatKinds
  const byBytes = kinds.find(({ beginsWith }) => beginsWith?.(head))
  if (byBytes !== undefined) return byBytes.name
  const start = headText(head).trimStart()
  const isWhole = head.length < headBytes
  const ending = extname(innerName).toLowerCase()
  const byEnding = kinds.find(({ endings }) => endings.includes(ending))?.name
  // Some call a JSON list .jsonl, and a table with tabs .txt.
  if (byEnding === 'jsonl' && start.startsWith('[')) return 'json'
  if (byEnding === 'text' && looksDelimited(start, isWhole, ['\t'])) return 'tsv'
  if (byEnding !== undefined) return byEnding
  if (start.startsWith('{') || start.startsWith('[')) return 'json'
  return namelessEndings.has(ending) && looksDelimited(start, isWhole) ? 'csv' : 'text'
}

/** Endings that say nothing of the format; others, such as `.en`, are taken for those of plain lines. */
const namelessEndings = new Set(['', '.dat', '.data', '.psv'])
