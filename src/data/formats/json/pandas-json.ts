import { isObject } from '../../../base/bounds/is-object.ts'
import type { Row } from '../../source/row.ts'
import { JsonScanner } from './json-scanner.ts'

/**
 * The rows of an object in one of the layouts of pandas' `to_json`: `columns` (its default), `index`, `split` or
 * `table`. Names of rows (the index) are left out unless they have a name themselves; rows keep the order of the text.
 *
 * @param document the object, parsed
 * @param text the same, as it stands in the file
 * @returns `undefined` when the object has none of these layouts
 */
export async function pandasRows(document: Row, text: string): Promise<unknown[] | undefined> {
  return splitRows(document) ?? tableRows(document) ?? (await namedRows(document, text))
}

/** `{ columns: [name …], index: […], data: [[value …] …] }` */
function splitRows({ columns, data, index, ...others }: Row): unknown[] | undefined {
  if (!Array.isArray(columns) || !Array.isArray(data) || Object.keys(others).some((key) => key !== 'name')) {
    return undefined
  }
  if (index !== undefined && !(Array.isArray(index) && index.length === data.length)) return undefined
  if (!data.every((row) => Array.isArray(row) && row.length === columns.length)) return undefined
  return (data as unknown[][]).map((row) => Object.fromEntries(columns.map((name, i) => [nameOf(name), row[i]])))
}

/** A name of several levels is a list. */
function nameOf(name: unknown): string {
  return Array.isArray(name) ? name.map(String).join('.') : String(name)
}

/** `{ schema: { fields, primaryKey }, data: [{ column: value … } …] }`; an index without a name is called "index". */
function tableRows({ schema, data, ...others }: Row): unknown[] | undefined {
  if (!isObject(schema) || !Array.isArray(schema.fields) || !Array.isArray(data)) return undefined
  if (Object.keys(others).length > 0 || !data.every(isObject)) return undefined
  const key: readonly unknown[] = Array.isArray(schema.primaryKey) ? schema.primaryKey : []
  if (!key.includes('index')) return data
  return data.map(({ index, ...row }) => row)
}

/** Objects in an object: by column and then row (`columns`), or by row and then column (`index`). */
async function namedRows(document: Row, text: string): Promise<unknown[] | undefined> {
  const values = Object.values(document)
  if (!values.every(isObject)) return undefined
  const layout = layoutOf(Object.keys(document), values)
  if (layout === undefined) return undefined
  const outer = await orderedNames(text)
  if (layout === 'index') return outer.map((name) => document[name])
  const rows = await orderedNames(text, outer[0])
  return rows.map((row) =>
    Object.fromEntries(outer.map((column) => [column, (document[column] as Record<string, unknown>)[row]])),
  )
}

/** Rows are numbered where columns are not; where neither are, a column has values of one kind. */
function layoutOf(
  outer: readonly string[],
  values: readonly Record<string, unknown>[],
): 'index' | 'columns' | undefined {
  const inner = Object.keys(values[0] ?? {})
  if (inner.length === 0) return undefined
  const areEqual = values.every((value) => sameNames(Object.keys(value), inner))
  if (inner.every(isNumber)) return areEqual ? 'columns' : undefined
  if (outer.every(isNumber)) return 'index'
  // One object in another is a row with nested values.
  if (!areEqual || outer.length === 1) return undefined
  const columnsAreOfAKind = values.every((value) => areOfAKind(Object.values(value)))
  const membersAreOfAKind = inner.every((name) => areOfAKind(values.map((value) => value[name])))
  if (columnsAreOfAKind !== membersAreOfAKind) return columnsAreOfAKind ? 'columns' : 'index'
  // A table has more rows than columns.
  return outer.length < inner.length ? 'columns' : 'index'
}

function areOfAKind(values: readonly unknown[]): boolean {
  const present = values.filter((value) => value !== null)
  return new Set(present.map((value) => (Array.isArray(value) ? 'list' : typeof value))).size <= 1
}

function isNumber(name: string): boolean {
  return /^-?\d+$/.test(name)
}

function sameNames(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false
  if (names.every((name, i) => name === others[i])) return true
  const known = new Set(others)
  return names.every((name) => known.has(name))
}

/**
 * The names of an object's fields in the order of its text, as JavaScript puts numbers first.
 *
 * @param field of this field's object instead
 */
async function orderedNames(text: string, field?: string): Promise<string[]> {
  const scanner = new JsonScanner(once(text), '')
  const names: string[] = []
  await scanner.expect('{')
  while (!(await scanner.accept('}'))) {
    if (names.length > 0) await scanner.expect(',')
    const name = JSON.parse((await scanner.value()).text) as string
    await scanner.expect(':')
    const value = await scanner.value()
    if (name === field) return await orderedNames(value.text)
    names.push(name)
  }
  return [...new Set(names)]
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}
