import { jsonProblem } from '../../../base/bounds/json-problem.ts'
import { countBrackets, isNestedDeeper } from '../../../base/bounds/nesting.ts'
import { Fault } from '../../../base/fault.ts'
import { convertLines } from '../../../base/lines.ts'
import { parseJson } from '../../source/json-value.ts'
import { describePlace, type LocatedRow, type Row, type RowPlace } from '../../source/row.ts'
import type { TableFormatKind } from '../format.ts'

export const jsonlFormat = {
  name: 'jsonl',
  endings: ['.jsonl', '.ndjson', '.jsonlines'],
  heeds: ['encoding'],
  preference: 30,
  isRagged: true,
  read: ({ file, text }) => readJsonl(text(), file.name),
} as const satisfies TableFormatKind

/**
 * Reads one JSON value a line; blank lines are skipped.
 *
 * @throws {Fault} naming the line that is no JSON or no row
 */
export function readJsonl(text: AsyncIterable<string>, file: string): AsyncGenerator<LocatedRow[]> {
  let rows = 0
  return convertLines(text, file, (line, number) => {
    const place = { file, row: rows + 1, line: number }
    checkRowText(line, place)
    const row = toRow(parseLine(line, file, number), place)
    rows++
    return { row, place }
  })
}

function parseLine(text: string, file: string, line: number): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new Fault(
      `Cannot read line ${line} of "${file}" as JSON (${jsonProblem(error)}): mend the line, or set format if the file ` +
        'is no JSONL',
    )
  }
}

const maxDepth = 500
/** Lists and objects of one row. */
const maxParts = 1_000_000
/** A shorter text cannot hold what fills the memory. */
const harmlessLength = 1_000_000

/** @throws {Fault} for a row that is small as text and would fill the memory once it is parsed */
export function checkRowText(text: string, place: RowPlace): void {
  if (text.length <= harmlessLength) return
  const { depth, count } = countBrackets(text)
  if (depth > maxDepth + 1) throw tooDeep(place)
  if (count <= maxParts) return
  throw new Fault(`Cannot read ${describePlace(place)} as it holds ${count} lists and objects, more than ${maxParts}`)
}

function tooDeep(place: RowPlace): Fault {
  return new Fault(`Cannot read ${describePlace(place)} as its values are nested more than ${maxDepth} deep`)
}

/**
 * Makes a row of a JSON value: an object is one, a bare text becomes the column `text`.
 *
 * @throws {Fault} for any other value, and for one that is nested too deep to be printed or searched
 */
export function toRow(value: unknown, place: RowPlace): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (isNestedDeeper(value, maxDepth)) throw tooDeep(place)
    return value as Row
  }
  if (typeof value === 'string') return { text: value }
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
  throw new Fault(`Cannot read ${describePlace(place)} as it is ${kind}: a row is an object with columns or a text`)
}
