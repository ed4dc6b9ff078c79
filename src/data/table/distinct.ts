import { createHash } from 'node:crypto'
import { stringifyJson } from '../source/json-value.ts'
import type { LocatedRow, Row } from '../source/row.ts'
import { missingColumn, valueAt } from './column.ts'

/**
 * Returns a function that tells whether a row is the first with its values. Only digests are kept, 16 bytes a row.
 *
 * @param columns column paths to compare by; `true` compares whole rows
 * @throws {Fault} from the function, when a row lacks a column that none before it had
 */
export function distinctRows(columns: readonly string[] | true): (located: LocatedRow) => boolean {
  const seen = new Set<string>()
  const known = new Set<string>()
  return ({ row, place }) => {
    const compared =
      columns === true
        ? valuesOf(row)
        : columns.map((column) => {
            const value = valueAt(row, column)
            if (value !== undefined) known.add(column)
            // Writers of JSON lines leave out what is absent.
            else if (!known.has(column)) throw missingColumn(row, column, place)
            return value ?? null
          })
    const digest = createHash('sha256').update(stringifyJson(compared)).digest().toString('latin1', 0, 16)
    if (seen.has(digest)) return false
    seen.add(digest)
    return true
  }
}

/** The columns of a row that have a value, in an order of their own: records may come with others, or leave out what is null. */
function valuesOf(row: Row): [name: string, value: unknown][] {
  const present = Object.entries(row).filter(([, value]) => value !== undefined && value !== null)
  return present.sort(([a], [b]) => (a < b ? -1 : 1))
}
