import { ByteQueue } from './byte-queue.ts'

/** Metadata of one message is a schema or a list of buffers: far below this. */
const maxMetadataBytes = 64 * 1024 * 1024
const maxBodyBytes = 2 ** 40

/**
 * Cuts an Arrow IPC stream or file into its messages and checks each before it is passed on, as apache-arrow trusts
 * every length in them. A file is read as the stream that it holds, which all writers put there in order.
 *
 * @param isFile whether the bytes begin with `ARROW1`; such a file must have an end
 * @returns the bytes of the messages, in whole messages
 * @throws {Error} saying what is wrong
 */
export async function* arrowMessages(bytes: AsyncIterable<Uint8Array>, isFile: boolean): AsyncGenerator<Buffer> {
  const input = new ByteQueue(bytes)
  try {
    if (isFile) await input.take(8)
    for (let first = true; ; first = false) {
      const prefix = await input.take(4)
      if (prefix.length === 0) {
        if (isFile || first) throw new Error('it ends without an end mark')
        return
      }
      // Since Arrow 0.15 a mark stands before the length.
      const isMarked = prefix.length === 4 && prefix.readUInt32LE(0) === 0xffffffff
      const size = isMarked ? await input.take(4) : prefix
      if (size.length < 4) throw new Error('it is cut short')
      const metadataBytes = size.readInt32LE(0)
      if (metadataBytes === 0) return
      if (metadataBytes < 0 || metadataBytes > maxMetadataBytes) throw new Error('a message of impossible length')
      const metadata = await input.take(metadataBytes)
      if (metadata.length < metadataBytes) throw new Error('it is cut short')
      const bodyBytes = checkMessage(metadata)
      const body = await input.take(bodyBytes)
      if (body.length < bodyBytes) throw new Error('it is cut short')
      yield Buffer.concat([...(isMarked ? [prefix, size] : [size]), metadata, body])
    }
  } finally {
    await input.close()
  }
}

/** Slots of the tables in Arrow's Message.fbs and Schema.fbs. */
const messageSlots = { headerType: 1, header: 2, bodyLength: 3, customMetadata: 4 }
const schemaSlots = { fields: 1, customMetadata: 2 }
const fieldSlots = { children: 5, customMetadata: 6 }
const recordBatchSlots = { nodes: 1, buffers: 2, variadicBufferCounts: 4 }
const dictionaryBatchSlots = { data: 1 }
const headerTypes = { schema: 1, dictionaryBatch: 2, recordBatch: 3 }

/** Checks a message's metadata and returns the length of its body. */
function checkMessage(metadata: Buffer): number {
  const message = FlatTable.root(metadata)
  const bodyBytes = Number(message.int64(messageSlots.bodyLength))
  if (!(bodyBytes >= 0 && bodyBytes <= maxBodyBytes)) throw new Error('a message body of impossible length')
  message.vector(messageSlots.customMetadata, 4)
  const header = message.table(messageSlots.header)
  if (header === undefined) throw new Error('a message without content')
  switch (message.byte(messageSlots.headerType)) {
    case headerTypes.schema:
      checkFields(header, schemaSlots.fields, { left: 100_000 }, 0)
      header.vector(schemaSlots.customMetadata, 4)
      break
    case headerTypes.recordBatch:
      checkBatch(header, bodyBytes)
      break
    case headerTypes.dictionaryBatch: {
      const data = header.table(dictionaryBatchSlots.data)
      if (data === undefined) throw new Error('a dictionary without values')
      checkBatch(data, bodyBytes)
      break
    }
    default:
      throw new Error('a message of a kind that tables do not have')
  }
  return bodyBytes
}

/** Counts fields as well as depth, as offsets may lead to the same field again and again. */
function checkFields(table: FlatTable, slot: number, budget: { left: number }, depth: number): void {
  if (depth > 64) throw new Error('columns nested too deeply')
  for (const field of table.tables(slot)) {
    if (--budget.left < 0) throw new Error('too many columns')
    field.vector(fieldSlots.customMetadata, 4)
    checkFields(field, fieldSlots.children, budget, depth + 1)
  }
}

function checkBatch(batch: FlatTable, bodyBytes: number): void {
  batch.vector(recordBatchSlots.nodes, 16)
  batch.vector(recordBatchSlots.variadicBufferCounts, 8)
  const buffers = batch.vector(recordBatchSlots.buffers, 16)
  for (let i = 0; i < buffers.length; i++) {
    const offset = Number(batch.int64At(buffers.start + 16 * i))
    const length = Number(batch.int64At(buffers.start + 16 * i + 8))
    if (!(offset >= 0 && length >= 0 && offset + length <= bodyBytes)) throw new Error('a buffer outside its message')
  }
}

/** A table of a FlatBuffer, read with checks of every place. */
class FlatTable {
  readonly #bytes: Buffer
  readonly #at: number
  readonly #vtable: number
  readonly #vtableBytes: number

  private constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
    this.#vtable = at - this.#int32(at)
    this.#vtableBytes = this.#uint16(this.#vtable)
  }

  static root(bytes: Buffer): FlatTable {
    if (bytes.length < 8) throw new Error('a message that is too short')
    return new FlatTable(bytes, bytes.readUInt32LE(0))
  }

  byte(slot: number): number {
    const at = this.#field(slot)
    return at === 0 ? 0 : this.#bytes.readUInt8(this.#within(at, 1))
  }

  int64(slot: number): bigint {
    const at = this.#field(slot)
    return at === 0 ? 0n : this.int64At(at)
  }

  int64At(at: number): bigint {
    return this.#bytes.readBigInt64LE(this.#within(at, 8))
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#field(slot)
    return at === 0 ? undefined : new FlatTable(this.#bytes, this.#target(at))
  }

  /** Where a vector's items begin and how many there are, which all fit. */
  vector(slot: number, itemBytes: number): { start: number; length: number } {
    const at = this.#field(slot)
    if (at === 0) return { start: 0, length: 0 }
    const vector = this.#target(at)
    const length = this.#bytes.readUInt32LE(this.#within(vector, 4))
    this.#within(vector + 4, length * itemBytes)
    return { start: vector + 4, length }
  }

  *tables(slot: number): Generator<FlatTable> {
    const { start, length } = this.vector(slot, 4)
    for (let i = 0; i < length; i++) yield new FlatTable(this.#bytes, this.#target(start + 4 * i))
  }

  /** Where a field is, or 0 when the table leaves it out. */
  #field(slot: number): number {
    const entry = 4 + 2 * slot
    if (entry + 2 > this.#vtableBytes) return 0
    const offset = this.#uint16(this.#vtable + entry)
    return offset === 0 ? 0 : this.#at + offset
  }

  /** Where an offset leads to; offsets only lead forward. */
  #target(at: number): number {
    return at + this.#bytes.readUInt32LE(this.#within(at, 4))
  }

  #int32(at: number): number {
    return this.#bytes.readInt32LE(this.#within(at, 4))
  }

  #uint16(at: number): number {
    return this.#bytes.readUInt16LE(this.#within(at, 2))
  }

  #within(at: number, bytes: number): number {
    if (at >= 0 && at + bytes <= this.#bytes.length) return at
    throw new Error('an offset outside its message')
  }
}
