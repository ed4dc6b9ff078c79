import { readLines } from '../../base/lines.ts'
import type { LocatedRow } from '../source/row.ts'
import type { TableFormatKind } from './format.ts'

export const textFormat = {
  name: 'text',
  endings: ['.txt'],
  heeds: ['encoding'],
  preference: 70,
  isPlainText: true,
  read: ({ file, text }) => readTextLines(text(), file.name),
} as const satisfies TableFormatKind

/** Reads plain text, a row `{ text }` for each line, blank ones included, so that parallel files stay parallel. */
async function* readTextLines(text: AsyncIterable<string>, file: string): AsyncGenerator<LocatedRow[]> {
  for await (const { lines, first } of readLines(text, file)) {
    yield lines.map((line, i) => ({ row: { text: line }, place: { file, row: first + i, line: first + i } }))
  }
}
