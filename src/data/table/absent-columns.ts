import type { LocatedRow } from '../source/row.ts'
import { valueAt } from './column.ts'

/**
 * Gives null to rows that leave a column out which others have, as writers of JSON lines leave out what is absent. A
 * column that no row has stays missing.
 *
 * @param paths the columns that are asked for
 */
export function withAbsentColumns(rows: readonly LocatedRow[], paths: readonly string[]): readonly LocatedRow[] {
  let filled = rows
  for (const path of paths) {
    const has = ({ row }: LocatedRow): boolean => valueAt(row, path) !== undefined
    if (filled.every(has) || !filled.some(has)) continue
    // A column of the whole name is found before a path into nested values.
    filled = filled.map((located) => (has(located) ? located : { ...located, row: { ...located.row, [path]: null } }))
  }
  return filled
}
