import { type ColumnMetaData, type FileMetaData, parquetSchema, type SchemaTree } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'

/**
 * Checks a Parquet file's footer. hyparquet trusts it, so that a damaged one would make it allocate what it says, or
 * leave a promise unhandled.
 *
 * @param bytes size of the file
 * @throws {Error} saying what is wrong
 */
export function checkFooter(metadata: FileMetaData, bytes: number): void {
  const leaves = new Set(leafPaths(parquetSchema(metadata)))
  let total = 0n
  let packedBytes = 0
  for (const { num_rows: rows, columns } of metadata.row_groups) {
    if (typeof rows !== 'bigint' || rows < 0n) throw new Error('a row group without rows')
    total += rows
    const paths = new Set(columns.map(({ meta_data }) => meta_data?.path_in_schema.join('.') ?? ''))
    const areThose = paths.size === leaves.size && columns.length === leaves.size
    if (!areThose || [...paths].some((path) => !leaves.has(path))) {
      throw new Error('columns that are not those of its schema')
    }
    for (const { meta_data: column } of columns) {
      if (column === undefined) throw new Error('a column without metadata')
      const { start, end } = chunkRange(column)
      if (!(start >= 0 && end >= start && end <= bytes)) throw new Error('a column outside the file')
      packedBytes += end - start
      // Columns that lie on each other would be read again and again.
      if (packedBytes > bytes) throw new Error('columns that overlap')
      // Every row has at least one value, if only an absent one.
      if (!(column.num_values >= rows)) throw new Error('a column with fewer values than rows')
    }
  }
  if (total !== metadata.num_rows) throw new Error(`${metadata.num_rows} rows, but ${total} in its row groups`)
}

/** Where the pages of a column are in the file. */
export function chunkRange(column: ColumnMetaData): { start: number; end: number } {
  const start = Number(column.dictionary_page_offset || column.data_page_offset)
  return { start, end: start + Number(column.total_compressed_size) }
}

/** Writers cut pages at about 20,000 values or a megabyte; these are far beyond. */
const maxPageValues = 10_000_000
const maxPageBytes = 64 * 1024 * 1024
/** Unless the page is large when packed as well. */
const maxPageRatio = 1000

/**
 * What a row group holds in sum, as it is decoded as a whole. Writers make them of 100 MB or a million rows; those of many bytes
 * may have more.
 */
const freeGroup = { bytes: 256 * 1024 * 1024, values: 20_000_000 }
const maxGroupRatio = { bytes: 50, values: 50 }

/** Counts what the columns of a row group unpack to. */
export class RowGroupBudget {
  readonly #mostBytes: number
  readonly #mostValues: number
  #bytes = 0
  #values = 0

  /** @param packedBytes of the row group in the file */
  constructor(packedBytes: number) {
    this.#mostBytes = Math.max(freeGroup.bytes, maxGroupRatio.bytes * packedBytes)
    this.#mostValues = Math.max(freeGroup.values, maxGroupRatio.values * packedBytes)
  }

  /** @throws {Error} when the row group grows beyond belief */
  add(bytes: number, values: number): void {
    this.#bytes += bytes
    this.#values += values
    if (this.#bytes > this.#mostBytes || this.#values > this.#mostValues) {
      throw new Error('a row group that grows beyond belief')
    }
  }
}

/**
 * Checks the headers of a column's pages against each other and the footer.
 *
 * @param chunk the column's bytes in the file
 * @param budget of the row group
 * @throws {Error} saying what is wrong
 */
export function checkPages(chunk: ArrayBuffer, column: ColumnMetaData, budget: RowGroupBudget): void {
  const reader = { view: new DataView(chunk), offset: 0 }
  let values = 0
  while (reader.offset < chunk.byteLength - 1) {
    const header = parquetHeader(reader)
    const packed = header.compressed_page_size
    const size = header.uncompressed_page_size
    if (!isCount(packed) || reader.offset + packed > chunk.byteLength) throw new Error('a page beyond its column')
    if (!isCount(size) || size > Math.max(maxPageBytes, maxPageRatio * packed)) {
      throw new Error('a page that grows beyond belief')
    }
    budget.add(size, 0)
    reader.offset += packed
    if (header.type === 'DICTIONARY_PAGE') {
      // Every entry takes a byte at least.
      if (!isCount(header.dictionary_page_header?.num_values, size))
        throw new Error('a dictionary of impossible length')
      continue
    }
    const page = header.data_page_header_v2
    const count = page?.num_values ?? header.data_page_header?.num_values
    if (!isCount(count, maxPageValues)) throw new Error('a page of impossible length')
    if (page !== undefined) {
      const levels = page.definition_levels_byte_length + page.repetition_levels_byte_length
      if (!isCount(page.num_nulls, count) || !isCount(page.num_rows, count) || !isCount(levels, packed)) {
        throw new Error('a page whose header contradicts itself')
      }
    }
    budget.add(0, count)
    values += count
  }
  if (values !== Number(column.num_values))
    throw new Error(`${values} values where the footer says ${column.num_values}`)
}

function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
}

function leafPaths({ children, path }: SchemaTree): string[] {
  return children.length === 0 ? [path.join('.')] : children.flatMap(leafPaths)
}
