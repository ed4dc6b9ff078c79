import { extname } from 'node:path'
import type { OpenFile } from './open-file.ts'

export const tableFormats = ['csv', 'tsv', 'jsonl', 'text'] as const
export type TableFormat = (typeof tableFormats)[number]

export function isTableFormat(name: string): name is TableFormat {
  return (tableFormats as readonly string[]).includes(name)
}

const formatOfEnding: Readonly<Record<string, TableFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.jsonlines': 'jsonl',
}

/**
 * Tells a file's format by its first bytes where they say it, then by its ending, then by what its text looks like:
 * a brace begins JSON, tabs in the first line a table, and everything else is plain lines.
 */
export function guessFormat({ innerName, head }: Pick<OpenFile, 'innerName' | 'head'>): TableFormat {
  const ending = extname(innerName).toLowerCase()
  const format = formatOfEnding[ending]
  if (format !== undefined) return format
  const begins = head.toString('latin1').trimStart()
  if (begins.startsWith('{')) return 'jsonl'
  return 'text'
}
