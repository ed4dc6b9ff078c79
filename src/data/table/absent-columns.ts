import type { LocatedRow } from '../source/row.ts'
import { missingColumn, valueAt } from './column.ts'

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
    filled = filled.map((located) => (has(located) ? located : withNull(located, path)))
  }
  return filled
}

/** Does the same with rows that come one by one: gives null at once, and tells at the end which column no row had. */
export class AbsentColumns {
  readonly #paths: readonly string[]
  readonly #seen = new Set<string>()
  #first: LocatedRow | undefined

  constructor(paths: readonly string[]) {
    this.#paths = [...new Set(paths)]
  }

  fill(located: LocatedRow): LocatedRow {
    this.#first ??= located
    let filled = located
    for (const path of this.#paths) {
      if (valueAt(located.row, path) !== undefined) this.#seen.add(path)
      else filled = withNull(filled, path)
    }
    return filled
  }

  /** Whether no row so far had one of the columns. */
  get isUnsure(): boolean {
    return this.#seen.size < this.#paths.length
  }

  /** @throws {Fault} naming the column that no row had */
  check(): void {
    const path = this.#paths.find((one) => !this.#seen.has(one))
    if (path !== undefined && this.#first !== undefined) throw missingColumn(this.#first.row, path, this.#first.place)
  }
}

/** A column of the whole name is found before a path into nested values. */
function withNull(located: LocatedRow, path: string): LocatedRow {
  return { ...located, row: { ...located.row, [path]: null } }
}
