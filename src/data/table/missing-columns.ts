import type { FormatColumn } from '../formats/format.ts'
import { columnPaths, valueAt } from './column.ts'
import { type OpenPart, openTable, type ReadOptions, type TableSource } from './table.ts'

/** What a table lacks of the columns that are asked for. */
export interface MissingColumns {
  readonly missing: readonly string[]
  /** Every path to a value that was seen, in the table's order. */
  readonly found: readonly string[]
}

/**
 * Looks for columns in a table without reading more of it than must be: the head of a file, or the schema that it carries.
 * Where rows may leave columns out, as in JSON lines, a column that the first ones have not is looked for in all.
 *
 * @param wanted names or paths, as `valueAt` takes them
 * @throws {Fault} when the table is not there, or what is read of it is damaged
 */
export async function missingColumns(
  source: TableSource,
  wanted: readonly string[],
  options: ReadOptions = {},
): Promise<MissingColumns> {
  const search: Search = { left: new Set(wanted), found: new Set() }
  let hasRows = false
  for await (const part of openTable(source, options)) {
    if (await searchPart(part, search)) hasRows = true
    if (search.left.size === 0) break
  }
  // Of a table without rows its reader speaks.
  return { missing: hasRows ? [...search.left] : [], found: [...search.found] }
}

interface Search {
  readonly left: Set<string>
  readonly found: Set<string>
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
