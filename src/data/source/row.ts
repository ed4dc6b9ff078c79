/** One record of a table: column name → value, with the types that the file's format has. */
export type Row = Readonly<Record<string, unknown>>

/** Where a row comes from, for sentences about it. */
export interface RowPlace {
  /** The file as the user named it; an entry of an archive follows a colon. */
  readonly file: string
  /** 1-based number of the row in its table (a header does not count). */
  readonly row: number
  /** 1-based line on which the row begins, where the format has lines. */
  readonly line?: number
}

export interface LocatedRow {
  readonly row: Row
  readonly place: RowPlace
}

/** Rows travel in batches inside this folder, as an await for each row would cost more than reading it. */
export type RowBatches = AsyncIterable<readonly LocatedRow[]>

/** `row 3 of "a.csv" (line 7)` */
export function describePlace({ file, row, line }: RowPlace): string {
  return `row ${row} of "${file}"${line === undefined ? '' : ` (line ${line})`}`
}

/**
 * Returns a function that makes a row from the values of fixed columns.
 *
 * Plain assignment would lose a column named `__proto__`, which a file may well have.
 */
export function rowMaker(columns: readonly string[]): (values: readonly unknown[]) => Row {
  if (columns.includes('__proto__')) {
    return (values) => Object.fromEntries(columns.map((column, i) => [column, values[i]]))
  }
  return (values) => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = values[i]
    return row
  }
}
