import type { FormatColumn } from '../formats/format.ts'
import { columnPaths, valueAt } from './column.ts'
import { type OpenPart, openTable, type ReadOptions, type TableSource } from './table.ts'

/** Where a column is missing. */
export interface Lack {
  /** Of a table of several files: the first one without it; `undefined`: none of them has it. */
  readonly file: string | undefined
  /** Every path to a value that was seen there, in the table's order. */
  readonly found: readonly string[]
}

/**
 * Looks for columns in a table without reading more of it than must be: the head of each file, or the schema that it carries.
 * Every file must have them. Where rows may leave columns out, as in JSON lines, a column that the first ones have not is
 * looked for in all.
 *
 * @param wanted names or paths, as `valueAt` takes them
 * @returns the columns that are missing, in the order of `wanted`
 * @throws {Fault} when the table is not there, or what is read of it is damaged
 */
export async function missingColumns(
  source: TableSource,
  wanted: readonly string[],
  options: ReadOptions = {},
): Promise<ReadonlyMap<string, Lack>> {
  const lacks = new Map<string, Lack>()
  const has = new Set<string>()
  // Rows that leave columns out are one table, in however many files.
  const ragged = { search: newSearch(wanted), isRead: false }
  for await (const part of openTable(source, options)) {
    if (part.isRagged) {
      if (ragged.search.left.size > 0 && (await searchPart(part, ragged.search))) ragged.isRead = true
      continue
    }
    const search = newSearch(wanted)
    // Of a file without rows its reader speaks.
    if (!(await searchPart(part, search))) continue
    for (const column of wanted) {
      if (!search.left.has(column)) has.add(column)
      else if (!lacks.has(column)) lacks.set(column, { file: part.file, found: [...search.found] })
    }
  }
  const { left, found } = ragged.search
  for (const column of wanted) {
    if (ragged.isRead && !left.has(column)) has.add(column)
    if (ragged.isRead && left.has(column) && !lacks.has(column))
      lacks.set(column, { file: undefined, found: [...found] })
  }
  return new Map(
    wanted.flatMap((column) => {
      const lack = lacks.get(column)
      return lack === undefined ? [] : [[column, has.has(column) ? lack : { ...lack, file: undefined }]]
    }),
  )
}

interface Search {
  readonly left: Set<string>
  readonly found: Set<string>
}

function newSearch(wanted: readonly string[]): Search {
  return { left: new Set(wanted), found: new Set() }
}

/** @returns whether there was anything to look at */
async function searchPart(part: OpenPart, search: Search): Promise<boolean> {
  if (part.columns !== undefined) return searchSchema(await part.columns(), search)
  let isFirst = true
  for await (const batch of part.rows) {
    for (const { row } of batch) {
      for (const path of search.left) if (valueAt(row, path) !== undefined) search.left.delete(path)
      if (isFirst) for (const path of columnPaths(row)) search.found.add(path)
      if (search.left.size === 0) return true
    }
    const last = batch.at(-1)
    if (last === undefined) continue
    isFirst = false
    // What an empty value would hold is not seen in it.
    const isOpen = [...search.left].some((path) => outerPaths(path).some((outer) => valueAt(last.row, outer) === null))
    if (!part.isRagged && !isOpen) break
  }
  return !isFirst
}

function searchSchema(columns: readonly FormatColumn[], { left, found }: Search): boolean {
  for (const { path, isOpen } of columns) {
    found.add(path)
    for (const wanted of left) if (wanted === path || (isOpen && wanted.startsWith(`${path}.`))) left.delete(wanted)
  }
  return columns.length > 0
}

/** `a` and `a.b` of `a.b.c` */
function outerPaths(path: string): string[] {
  const names = path.split('.')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('.'))
}
