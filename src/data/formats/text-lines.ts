import { readLines } from '../../base/lines.ts'
import type { LocatedRow } from '../source/row.ts'

/** Reads plain text, a row `{ text }` for each line, blank ones included, so that parallel files stay parallel. */
export async function* readTextLines(text: AsyncIterable<string>, file: string): AsyncGenerator<LocatedRow[]> {
  for await (const { lines, first } of readLines(text, file)) {
    yield lines.map((line, i) => ({ row: { text: line }, place: { file, row: first + i, line: first + i } }))
  }
}
