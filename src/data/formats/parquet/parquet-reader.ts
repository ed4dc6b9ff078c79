import { type FileHandle, open } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { Fault } from '../../../base/fault.ts'
import { damageOf, readFault } from '../../../base/read-fault.ts'
import { systemCode } from '../../../base/system-fault.ts'
import { readWhole } from '../../source/binary-file.ts'
import type { OpenFile } from '../../source/open-file.ts'
import type { LocatedRow } from '../../source/row.ts'
import type { FormatColumn } from '../format.ts'
import { carriedFeatures, labelNames } from '../label-names.ts'
import { decompressLz4Block, decompressLz4Hadoop } from '../lz4.ts'
import { mostZstdBytes } from '../zstd-size.ts'
import { checkFooter, checkPages, chunkRange, RowGroupBudget } from './parquet-check.ts'
import { parquetColumns, parquetValues } from './parquet-values.ts'

/** Rows that are made objects of at a time; a row group's columns are decoded as a whole all the same. */
const batchRows = 4096

const maxZstdBytes = 64 * 1024 * 1024

const codecs = {
  ...compressors,
  // Node's own are faster, and stop at the size that the page's header promises.
  GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  ZSTD(input: Uint8Array, length: number) {
    // Writers cut blocks as they like, so that a page may seem larger than it is.
    if (mostZstdBytes(input) > Math.max(maxZstdBytes, 2 * length)) throw new Error('a page that grows beyond belief')
    return compressors.ZSTD!(input, length)
  },
  // hyparquet's refuse a page without values.
  LZ4: decompressLz4Hadoop,
  LZ4_RAW: decompressLz4Block,
  BROTLI: (input: Uint8Array, length: number) => brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
}

/**
 * Reads a Parquet file a row group at a time, with nested columns as objects and lists and classes by the names that it carries.
 *
 * @throws {Fault} when the footer or a page is damaged, or the file uses what the reader does not know
 */
export async function* readParquet(file: OpenFile): AsyncGenerator<LocatedRow[]> {
  const handle = file.path === undefined ? undefined : await open(file.path)
  try {
    const buffer = handle === undefined ? bufferOf(await readWhole(file)) : await bufferOfHandle(handle)
    const metadata = await readFooter(file.name, buffer)
    const values = parquetValues(metadata)
    const carried = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value
    const nameLabels = labelNames(carriedFeatures(carried))
    let start = 0
    for (const [i, group] of metadata.row_groups.entries()) {
      const end = start + Number(group.num_rows)
      const part = `row group ${i + 1} (rows ${start + 1} to ${end})`
      const rows = await guarded(file.name, part, () => readGroup(buffer, values.metadata, i, start))
      if (rows.length !== end - start) {
        throw new Fault(
          `Cannot read "${file.name}" as row group ${i + 1} has ${rows.length} rows and its footer says ${end - start}`,
        )
      }
      for (let from = 0; from < rows.length; from += batchRows) {
        // Values that contradict their type come to light here.
        const plain = await guarded(file.name, part, async () =>
          rows.slice(from, from + batchRows).map(values.plainRow),
        )
        const first = start + from + 1
        const located = plain.map((row, j) => ({ row, place: { file: file.name, row: first + j } }))
        yield nameLabels === undefined ? located : located.map(nameLabels)
      }
      start = end
      file.onBytes?.(file.name, groupEnd(group), file.packedBytes)
    }
  } finally {
    await handle?.close()
  }
}

function groupEnd({ columns }: FileMetaData['row_groups'][number]): number {
  return Math.max(...columns.map(({ meta_data: column }) => chunkRange(column!).end))
}

/** The columns that the footer names; no row group is decoded. */
export async function readColumns(file: OpenFile): Promise<FormatColumn[]> {
  const handle = file.path === undefined ? undefined : await open(file.path)
  try {
    const buffer = handle === undefined ? bufferOf(await readWhole(file)) : await bufferOfHandle(handle)
    return parquetColumns(await readFooter(file.name, buffer))
  } finally {
    await handle?.close()
  }
}

async function readFooter(name: string, buffer: AsyncBuffer): Promise<FileMetaData> {
  return await guarded(name, 'the footer', async () => {
    const found = await parquetMetadataAsync(buffer)
    checkFooter(found, buffer.byteLength)
    return found
  })
}

/** Decodes a row group, each column of which is checked before. */
async function readGroup(
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  index: number,
  rowStart: number,
): Promise<Record<string, unknown>[]> {
  const { columns, num_rows: rows } = metadata.row_groups[index]!
  const ranges = columns.map(({ meta_data: column }) => chunkRange(column!))
  const budget = new RowGroupBudget(ranges.reduce((sum, { start, end }) => sum + end - start, 0))
  for (const [i, { start, end }] of ranges.entries()) {
    checkPages(await buffer.slice(start, end), columns[i]!.meta_data!, budget)
  }
  const rowEnd = rowStart + Number(rows)
  return await parquetReadObjects({ file: buffer, metadata, compressors: codecs, rowStart, rowEnd, utf8: false })
}

async function guarded<T>(name: string, part: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Fault) throw error
    if (systemCode(error) !== undefined) throw readFault(name, error)
    const message = damageOf(error).replace(/^parquet /, '')
    throw new Fault(`Cannot read ${part} of "${name}" as Parquet (${message}): is the file whole?`)
  }
}

function bufferOf(bytes: Buffer): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  }
}

async function bufferOfHandle(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.buffer
    },
  }
}
