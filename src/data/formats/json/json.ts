import { isObject } from '../../../base/bounds/is-object.ts'
import { jsonProblem } from '../../../base/bounds/json-problem.ts'
import { Fault } from '../../../base/fault.ts'
import { didYouMean } from '../../../base/nearest.ts'
import { parseJson } from '../../source/json-value.ts'
import type { LocatedRow, Row } from '../../source/row.ts'
import { sampleText } from '../../text/text-sample.ts'
import type { TableFormatKind } from '../format.ts'
import { type JsonPiece, JsonScanner } from './json-scanner.ts'
import { checkRowText, readJsonl, toRow } from './jsonl.ts'
import { pandasRows } from './pandas-json.ts'

export const jsonFormat = {
  name: 'json',
  endings: ['.json'],
  heeds: ['at', 'encoding'],
  preference: 40,
  isRagged: true,
  read: ({ file, text, options }) => readJson(text(), { file: file.name, at: options.at }),
} as const satisfies TableFormatKind

interface JsonOptions {
  readonly file: string
  /** Path of the list of rows, such as `data` or `result.rows`. */
  readonly at?: string | undefined
}

const batchRows = 256
/** Rows may be long, and as values take many times the memory of their text. */
const batchCharacters = 2 ** 20

/**
 * Reads rows from JSON: a list, a list in a field (named by `at`, or the only list of objects in the file), or values
 * one after the other, as JSONL has them whatever the file is called. Lists are streamed; only a file that is one
 * object, with no list named, is held in memory.
 *
 * @throws {Fault} naming line or row when the text is no JSON, or when there is no list or more than one
 */
export async function* readJson(chunks: AsyncIterable<string>, options: JsonOptions): AsyncGenerator<LocatedRow[]> {
  const { file, at } = options
  const { sample, text } = await sampleText(chunks)
  if (at === undefined && isJsonLines(sample)) {
    yield* readJsonl(text, file)
    return
  }
  const scanner = new JsonScanner(text, file)
  try {
    const first = await scanner.peek()
    if (first === undefined) return
    if (at !== undefined) {
      await descend(scanner, at, file)
      yield* listRows(scanner, file)
    } else if (first === '[') {
      yield* listRows(scanner, file)
      await expectEnd(scanner)
    } else {
      yield* valueRows(scanner, file)
    }
  } finally {
    await scanner.close()
  }
}

/** Whether the first line is a whole object and another begins after it. */
function isJsonLines(sample: string): boolean {
  const start = sample.trimStart()
  if (!start.startsWith('{')) return false
  const end = start.search(/[\r\n]/)
  if (end === -1 || !start.slice(end).trimStart().startsWith('{')) return false
  try {
    parseJson(start.slice(0, end))
    return true
  } catch {
    return false
  }
}

/** The rows of the list that begins at the next character. */
async function* listRows(scanner: JsonScanner, file: string): AsyncGenerator<LocatedRow[]> {
  await scanner.expect('[')
  if (await scanner.accept(']')) return
  yield* batchesOf(listValues(scanner), file)
}

/** The values up to the list's end, from its first. */
async function* listValues(scanner: JsonScanner): AsyncGenerator<JsonPiece> {
  do yield await scanner.value()
  while (!(await endsHere(scanner)))
}

async function endsHere(scanner: JsonScanner): Promise<boolean> {
  if (await scanner.accept(']')) return true
  await scanner.expect(',')
  return false
}

/** The values as rows, some hundreds at a time; the last batch may have none. */
async function* batchesOf(values: AsyncIterable<JsonPiece>, file: string): AsyncGenerator<LocatedRow[]> {
  let batch: LocatedRow[] = []
  let characters = 0
  let row = 0
  for await (const { text, line } of values) {
    batch.push(parseRow(text, { file, row: ++row, line }))
    characters += text.length
    if (batch.length >= batchRows || characters >= batchCharacters) {
      yield batch
      batch = []
      characters = 0
    }
  }
  yield batch
}

async function expectEnd(scanner: JsonScanner): Promise<void> {
  const next = await scanner.peek()
  if (next !== undefined) throw scanner.fault(`expected the end after the list and found ${next}`)
}

function parseRow(text: string, place: { file: string; row: number; line: number }): LocatedRow {
  try {
    checkRowText(text, place)
    return { row: toRow(parseJson(text), place), place }
  } catch (error) {
    if (error instanceof Fault) throw error
    const { file, row, line } = place
    throw new Fault(`Cannot read row ${row} of "${file}" (line ${line}) as JSON: ${jsonProblem(error)}`)
  }
}

/** Moves to the value of a field, through objects and, where the path has a number, to an item of a list. */
async function descend(scanner: JsonScanner, path: string, file: string): Promise<void> {
  let rest = path
  for (;;) {
    const next = await scanner.peek()
    const index = next === '[' ? /^(\d{1,9})(?:\.|$)/.exec(rest) : null
    if (index !== null) {
      await enterItem(scanner, Number(index[1]), path, file)
      rest = rest.slice(index[0].length)
      continue
    }
    if (next !== '{') {
      if (rest === '') return
      throw new Fault(
        `Cannot find "${path}" in "${file}" as there is no object to find "${rest}" in: set at, or leave it out`,
      )
    }
    if (rest === '') {
      throw new Fault(`Cannot read rows at "${path}" of "${file}" as it is an object and not a list`)
    }
    rest = await enterField(scanner, rest, path, file)
  }
}

/** Enters the list at the next character and stops before the item of this index. */
async function enterItem(scanner: JsonScanner, index: number, path: string, file: string): Promise<void> {
  await scanner.expect('[')
  for (let i = 0; i <= index; i++) {
    if (i > 0 && (await scanner.peek()) === ',') await scanner.expect(',')
    if (await scanner.accept(']')) {
      throw new Fault(`Cannot find "${path}" in "${file}" as the list has ${i} items, counted from 0`)
    }
    if (i < index) await scanner.value()
  }
}

/** Enters the object at the next character and stops before the value of the field that begins the path. */
async function enterField(scanner: JsonScanner, rest: string, path: string, file: string): Promise<string> {
  await scanner.expect('{')
  const seen: string[] = []
  while (!(await scanner.accept('}'))) {
    if (seen.length > 0) await scanner.expect(',')
    const piece = await scanner.value()
    let key: unknown
    try {
      key = parseJson(piece.text)
    } catch (error) {
      throw scanner.fault(jsonProblem(error), piece.line)
    }
    if (typeof key !== 'string') throw scanner.fault('expected a field name in quotes', piece.line)
    await scanner.expect(':')
    if (key === rest) return ''
    if (rest.startsWith(`${key}.`)) return rest.slice(key.length + 1)
    seen.push(key)
    await scanner.value()
  }
  const hint =
    didYouMean(rest, seen) ||
    `: it has ${
      seen
        .slice(0, 20)
        .map((key) => `"${key}"`)
        .join(', ') || 'no fields'
    }`
  throw new Fault(`Cannot find field "${rest}" of "${path}" in "${file}"${hint}`)
}

/** Rows of values that stand one after the other; a single object is searched for its list of rows. */
async function* valueRows(scanner: JsonScanner, file: string): AsyncGenerator<LocatedRow[]> {
  const first = await scanner.value()
  if ((await scanner.peek()) === undefined) {
    yield await rowsOfDocument(parseRow(first.text, { file, row: 1, line: first.line }), first.text)
    return
  }
  yield* batchesOf(valuesFrom(first, scanner), file)
}

/** A value and all that follow it. */
async function* valuesFrom(first: JsonPiece, scanner: JsonScanner): AsyncGenerator<JsonPiece> {
  yield first
  while ((await scanner.peek()) !== undefined) yield await scanner.value()
}

/**
 * The rows of a file that is one object: a layout of pandas, its only list of objects, its columns if all fields are
 * lists of one length, or itself as one row.
 */
async function rowsOfDocument(document: LocatedRow, text: string): Promise<LocatedRow[]> {
  const { file } = document.place
  const located = (rows: readonly unknown[]): LocatedRow[] =>
    rows.map((row, i) => ({ row: toRow(row, { file, row: i + 1 }), place: { file, row: i + 1 } }))
  const named = await pandasRows(document.row, text)
  if (named !== undefined) return located(named)
  const lists = listsOfObjects(document.row, '', 3)
  if (lists.length === 1) return located(lists[0]!.list)
  if (lists.length > 1) {
    const names = lists.map(({ path }) => `"${path}"`).join(', ')
    throw new Fault(`Cannot choose between the lists ${names} in "${file}": set at to the one with the rows`)
  }
  const columns = columnsOf(document.row)
  return columns === undefined ? [document] : located(columns)
}

function listsOfObjects(value: object, prefix: string, depth: number): { path: string; list: unknown[] }[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const path = prefix + key
    if (Array.isArray(inner)) return inner.length > 0 && inner.every(isObject) ? [{ path, list: inner }] : []
    return isObject(inner) && depth > 1 ? listsOfObjects(inner, `${path}.`, depth - 1) : []
  })
}

function columnsOf(document: Row): Row[] | undefined {
  const names = Object.keys(document)
  const values = Object.values(document)
  if (!values.every(Array.isArray)) return undefined
  const length = (values[0] as unknown[] | undefined)?.length ?? 0
  if (length === 0 || values.some((list) => (list as unknown[]).length !== length)) return undefined
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(names.map((name, j) => [name, (values[j] as unknown[])[i]])),
  )
}
