import { type Data, type DataType, type RecordBatch, Type } from 'apache-arrow'

/** A batch without a byte of data may not have more rows than this. */
const maxBareRows = 10_000_000

/**
 * Checks that a record batch has the bytes that its lengths and offsets promise. apache-arrow trusts them, so that a
 * damaged file would make it loop over billions of rows.
 *
 * @throws {Error} saying what is wrong
 */
export function checkRecordBatch(batch: RecordBatch): void {
  const rows = batch.numRows
  if (!Number.isSafeInteger(rows) || rows < 0) throw new Error(`a record batch of ${rows} rows`)
  const { children } = batch.data
  if (rows > maxBareRows && children.every(({ type }) => type.typeId === Type.Null)) {
    throw new Error(`a record batch of ${rows} rows without data`)
  }
  for (const [i, child] of children.entries()) {
    const name = batch.schema.fields[i]?.name ?? String(i)
    if (child.length !== rows) throw new Error(`${child.length} values in column ${name} of ${rows} rows`)
    checkData(child, name)
  }
}

function checkData(data: Data, name: string): void {
  const { type, length, offset, nullBitmap, nullCount } = data
  const wrong = (what: string): Error => new Error(`${what} in column ${name}`)
  const needs = (found: number, needed: number): void => {
    if (!(found >= needed)) throw wrong(`${found} of ${needed} values`)
  }
  if (!Number.isSafeInteger(length) || length < 0) throw wrong(`${length} values`)
  if (length === 0) return
  if (nullCount > 0 && nullBitmap !== undefined && nullBitmap.length > 0) {
    needs(8 * nullBitmap.length - (offset % 8), length)
  }
  const values = (data.values as ArrayLike<unknown> | undefined)?.length ?? 0
  const child = data.children[0] as Data | undefined
  switch (type.typeId) {
    case Type.Null:
      if (length > maxBareRows) throw wrong(`${length} values without data`)
      return
    case Type.Bool:
      needs(8 * values, length)
      return
    case Type.Utf8:
    case Type.Binary:
    case Type.LargeUtf8:
    case Type.LargeBinary:
      checkOffsets(data, values, wrong)
      return
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      if (child === undefined) throw wrong('no items')
      checkOffsets(data, child.length, wrong)
      checkData(child, name)
      return
    case Type.FixedSizeList:
      if (child === undefined) throw wrong('no items')
      needs(child.length, length * (type as DataType & { listSize: number }).listSize)
      checkData(child, name)
      return
    case Type.Struct:
      for (const [i, field] of data.children.entries()) {
        const own = `${name}.${type.children[i]?.name ?? i}`
        if (field.length < length) throw new Error(`${field.length} of ${length} values in column ${own}`)
        checkData(field, own)
      }
      return
    case Type.Union:
      for (const field of data.children) checkData(field, name)
      return
    case Type.BinaryView:
    case Type.Utf8View:
      needs(values / 16, length)
      return
    case Type.Dictionary:
      needs(values, length)
      checkIndices(data, wrong)
      return
    default:
      needs(values / Math.max(1, data.stride), length)
  }
}

/** An index beyond its dictionary would be read as an absent value. */
function checkIndices(data: Data, wrong: (what: string) => Error): void {
  const { offset, length, nullBitmap, nullCount, dictionary } = data
  const indices = data.values as ArrayLike<number | bigint>
  const entries = dictionary?.length ?? 0
  const isValid = (i: number): boolean =>
    nullCount === 0 || nullBitmap === undefined || nullBitmap.length === 0 || bitAt(nullBitmap, offset + i)
  for (let i = 0; i < length; i++) {
    const index = Number(indices[i])
    if (!(index >= 0 && index < entries) && isValid(i)) throw wrong(`entry ${index} of a dictionary of ${entries}`)
  }
}

function bitAt(bits: Uint8Array, at: number): boolean {
  return (bits[at >> 3]! & (1 << (at & 7))) !== 0
}

function checkOffsets(data: Data, room: number, wrong: (what: string) => Error): void {
  const offsets = data.valueOffsets as ArrayLike<number | bigint>
  if (!(offsets.length > data.length)) throw wrong(`${offsets.length} offsets for ${data.length} values`)
  let before = Number(offsets[0])
  if (before < 0) throw wrong('a negative offset')
  for (let i = 1; i <= data.length; i++) {
    const next = Number(offsets[i])
    if (next < before) throw wrong('offsets that go back')
    before = next
  }
  if (before > room) throw wrong(`an offset of ${before} into ${room}`)
}
