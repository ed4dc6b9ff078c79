import { extname } from 'node:path'
import { Fault } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import type { OpenFile } from './open-file.ts'

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
 * a brace or bracket begins JSON, and everything else is plain lines.
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
  // Some call a JSON list .jsonl.
  if (byEnding !== undefined) return byEnding === 'jsonl' && start.startsWith('[') ? 'json' : byEnding
  return start.startsWith('{') || start.startsWith('[') ? 'json' : 'text'
}

function begins(head: Buffer, magic: string): boolean {
  return head.subarray(0, magic.length).toString('latin1') === magic
}
