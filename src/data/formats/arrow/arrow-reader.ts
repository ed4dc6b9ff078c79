import { type FileHandle, open } from 'node:fs/promises'
import {
  CompressionType,
  compressionRegistry,
  type DataType,
  type RecordBatch,
  RecordBatchReader,
  TimeUnit,
  Type,
  type Vector,
} from 'apache-arrow'
import { compressors } from 'hyparquet-compressors'
import { Fault } from '../../../base/fault.ts'
import { damageOf, readFault } from '../../../base/read-fault.ts'
import { systemCode } from '../../../base/system-fault.ts'
import { readWhole } from '../../source/binary-file.ts'
import type { OpenFile } from '../../source/open-file.ts'
import { type LocatedRow, rowMaker } from '../../source/row.ts'
import { carriedFeatures, labelNames } from '../label-names.ts'
import { decompressLz4Frame } from '../lz4.ts'
import { decimalNumber, plainInteger, plainValue, timeText } from '../plain-value.ts'
import { mostZstdBytes } from '../zstd-size.ts'
import { checkRecordBatch } from './arrow-check.ts'
import { checkArrowFile } from './arrow-footer.ts'
import { arrowMessages } from './arrow-messages.ts'

compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (bytes) => decompressLz4Frame(bytes, promisedBytes(bytes)),
})
compressionRegistry.set(CompressionType.ZSTD, {
  // apache-arrow makes typed arrays over what it gets, which must begin at a multiple of 8.
  decode(bytes) {
    // Writers cut blocks as they like, so that a buffer may seem larger than it is.
    const most = Math.max(freeZstdBytes, 2 * promisedBytes(bytes))
    if (mostZstdBytes(bytes) > most) throw new Error('a buffer that grows beyond belief')
    return new Uint8Array(compressors.ZSTD!(bytes, 0))
  },
})

const freeZstdBytes = 1024 * 1024

/** The unpacked length of a buffer, which stands before it and was checked in sum; apache-arrow hands on what is behind it. */
function promisedBytes({ buffer, byteOffset }: Uint8Array): number {
  return Number(new DataView(buffer, byteOffset - 8, 8).getBigInt64(0, true))
}

/** Rows that are made of a batch at a time: a batch of single bits may have milliards of them. */
const mostRowsAtOnce = 4096
const mostCellsAtOnce = 1_000_000

/**
 * Reads an Arrow IPC file or stream (what Hugging Face `datasets` and Feather save), a record batch at a time, classes by the
 * names that it carries.
 *
 * @throws {Fault} when the file is damaged
 */
export async function* readArrow(file: OpenFile): AsyncGenerator<LocatedRow[]> {
  const isFile = file.head.subarray(0, 6).toString('latin1') === 'ARROW1'
  const handle = isFile && file.path !== undefined ? await open(file.path) : undefined
  let rows = 0
  try {
    const reader = await RecordBatchReader.from(isFile ? await checkedFile(file, handle) : arrowMessages(file.bytes()))
    await reader.open({ autoDestroy: false })
    if (reader.schema === undefined) throw new Error('no schema')
    const nameLabels = labelNames(carriedFeatures(reader.schema.metadata.get('huggingface')))
    for await (const batch of reader) {
      checkRecordBatch(batch)
      for (const located of rowsOf(batch, file.name, rows)) {
        yield nameLabels === undefined ? located : located.map(nameLabels)
      }
      rows += batch.numRows
    }
  } catch (error) {
    throw arrowFault(error, file.name, rows)
  } finally {
    await handle?.close().catch(() => {})
  }
}

/** A file that needs random access: by its handle, or as a whole when it is inside an archive. */
async function checkedFile(file: OpenFile, handle: FileHandle | undefined): Promise<AsyncIterable<Uint8Array>> {
  // The declarations of apache-arrow know neither kind by this type, and treat both as what they are.
  if (handle === undefined) {
    const bytes = await readWhole(file)
    await checkArrowFile(async (start, end) => bytes.subarray(start, end), bytes.length)
    return bytes as unknown as AsyncIterable<Uint8Array>
  }
  const { size } = await handle.stat()
  const read = async (start: number, end: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(end - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    return bytes.subarray(0, bytesRead)
  }
  await checkArrowFile(read, size)
  return handle as unknown as AsyncIterable<Uint8Array>
}

function arrowFault(error: unknown, name: string, rows: number): unknown {
  if (error instanceof Fault) return error
  if (systemCode(error) !== undefined) return readFault(name, error)
  const type = /^Unrecognized type: "(\w+)"/u.exec(error instanceof Error ? error.message : '')?.[1]
  if (type !== undefined) {
    return new Fault(
      `Cannot read "${name}" as Arrow as it has a column of type ${type}, which is not supported: write it as a plain one`,
    )
  }
  const after = rows === 0 ? '' : ` after row ${rows}`
  return new Fault(`Cannot read "${name}" as Arrow${after} (${damageOf(error)}): is the file whole?`)
}

function* rowsOf(batch: RecordBatch, file: string, before: number): Generator<LocatedRow[]> {
  const fields = batch.schema.fields
  const makeRow = rowMaker(fields.map(({ name }) => name))
  const columns = fields.map((field, i) => {
    const vector = batch.getChildAt(i)
    if (vector === null) throw new Error(`no data for column ${field.name}`)
    if (vector.length !== batch.numRows) throw new Error(`column ${field.name} has ${vector.length} values`)
    return vector
  })
  const step = Math.min(mostRowsAtOnce, Math.max(1, Math.floor(mostCellsAtOnce / columns.length)))
  for (let from = 0; from < batch.numRows; from += step) {
    const length = Math.min(step, batch.numRows - from)
    const values = columns.map((vector) => plainArrowValues(vector, from, length))
    yield Array.from({ length }, (_, i) => ({
      row: makeRow(values.map((column) => column[i])),
      place: { file, row: before + from + i + 1 },
    }))
  }
}

function plainArrowValues(vector: Vector, from = 0, length = vector.length): unknown[] {
  const type = vector.type as DataType
  return Array.from({ length }, (_, i) => plainArrowValue(vector.get(from + i), type))
}

/** A value of Arrow as an ordinary one; dates and timestamps are dates, times texts, maps and structs objects. */
function plainArrowValue(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null
  switch (type.typeId) {
    case Type.Dictionary:
      return plainArrowValue(value, (type as unknown as { dictionary: DataType }).dictionary)
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
      return plainArrowValues(value as Vector)
    case Type.Struct:
      return Object.fromEntries(
        type.children.map((field) => [
          field.name,
          plainArrowValue((value as Record<string, unknown>)[field.name], field.type),
        ]),
      )
    case Type.Map:
      return mapOf(value as Iterable<[unknown, unknown]>, type)
    case Type.Date:
    case Type.Timestamp:
      return new Date(Number(value))
    case Type.Time:
      return timeText(value as number | bigint, unitsPerSecond[(type as unknown as { unit: TimeUnit }).unit])
    case Type.Decimal:
      return decimalOf(value as Uint32Array, type as unknown as { scale: number })
    default:
      return typeof value === 'bigint' ? plainInteger(value) : plainValue(value)
  }
}

const unitsPerSecond: Readonly<Record<TimeUnit, number>> = {
  [TimeUnit.SECOND]: 1,
  [TimeUnit.MILLISECOND]: 1e3,
  [TimeUnit.MICROSECOND]: 1e6,
  [TimeUnit.NANOSECOND]: 1e9,
}

function mapOf(entries: Iterable<[unknown, unknown]>, type: DataType): Record<string, unknown> {
  const pair = type.children[0]!.type as DataType
  const valueType = pair.children[1]!.type as DataType
  return Object.fromEntries([...entries].map(([key, value]) => [String(key), plainArrowValue(value, valueType)]))
}

/** A decimal is a two's complement integer of 32-bit words, low word first. */
function decimalOf(words: Uint32Array, { scale }: { scale: number }): number {
  let integer = 0n
  for (let i = words.length - 1; i >= 0; i--) integer = (integer << 32n) | BigInt(words[i]!)
  return decimalNumber(BigInt.asIntN(32 * words.length, integer), scale)
}
