import { extname } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import type { OpenFile } from '../source/open-file.ts'

export const tableFormats = ['csv', 'tsv', 'json', 'jsonl', 'parquet', 'arrow', 'text', 'alt'] as const
export type TableFormat = (typeof tableFormats)[number]

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

const formatOfEnding: Readonly<Record<string, TableFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.jsonlines': 'jsonl',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.txt': 'text',
}

/**
 * Tells a file's format by its first bytes where they say it, then by its ending, then by what its text looks like:
 * a brace or bracket begins JSON, lines with columns are CSV where the ending says nothing (with tabs, also in `.txt`), and everything else is plain
 * lines.
 */
export function guessFormat({ innerName, head }: Pick<OpenFile, 'innerName' | 'head'>): TableFormat {
  if (begins(head, 'PAR1')) return 'parquet'
  // An Arrow stream begins with a continuation mark and the length of its schema.
  if (begins(head, 'ARROW1') || (head.length >= 8 && head.readUInt32LE(0) === 0xffffffff)) return 'arrow'
  const start = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  const byEnding = formatOfEnding[extname(innerName).toLowerCase()]
  // Some call a JSON list .jsonl, and a table with tabs .txt.
  if (byEnding === 'jsonl' && start.startsWith('[')) return 'json'
  if (byEnding === 'text' && looksDelimited(start, ['\t'])) return 'tsv'
  if (byEnding !== undefined) return byEnding
  if (start.startsWith('{') || start.startsWith('[')) return 'json'
  return namelessEndings.has(extname(innerName).toLowerCase()) && looksDelimited(start, ['\t', ',', ';', '|'])
    ? 'csv'
    : 'text'
}

/** Endings that say nothing of the format; others, such as `.en`, are taken for those of plain lines. */
const namelessEndings = new Set(['', '.dat', '.data', '.psv'])

/** Whether nearly all of the first lines have as many of one delimiter as the first; quoted ones are not told apart. */
function looksDelimited(start: string, delimiters: readonly string[]): boolean {
  const lines = start.split(/[\r\n]+/, 20).filter((line) => line !== '')
  return delimiters.some((delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length)
    const agreeing = counts.filter((count) => count === counts[0]).length
    return counts[0]! > 1 && agreeing > 1 && agreeing >= 0.8 * counts.length
  })
}

function begins(head: Buffer, magic: string): boolean {
  return head.subarray(0, magic.length).toString('latin1') === magic
}
