import { ByteQueue } from '../../text/byte-queue.ts'
import { FlatbufferTable } from './flatbuffer-table.ts'

/** Metadata of one message is a schema or a list of buffers: far below this. */
const maxMetadataBytes = 64 * 1024 * 1024
const maxBodyBytes = 2 ** 40

/**
 * Cuts an Arrow IPC stream into its messages and checks each before it is passed on, as apache-arrow trusts every length
 * in them.
 *
 * @returns the bytes of the messages, in whole messages
 * @throws {Error} saying what is wrong
 */
export async function* arrowMessages(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const input = new ByteQueue(bytes)
  const budget = new UnpackedBudget()
  try {
    for (let first = true; ; first = false) {
      const prefix = await input.take(4)
      if (prefix.length === 0) {
        if (first) throw new Error('it is empty')
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
      await budget.add(metadata, async (start, end) => body.subarray(start, end), bodyBytes)
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
const recordBatchSlots = { nodes: 1, buffers: 2, compression: 3, variadicBufferCounts: 4 }
const dictionaryBatchSlots = { data: 1 }
const headerTypes = { schema: 1, dictionaryBatch: 2, recordBatch: 3 }

/**
 * Checks a message's metadata.
 *
 * @returns the length of its body
 * @throws {Error} saying what is wrong
 */
export function checkMessage(metadata: Buffer): number {
  const message = FlatbufferTable.root(metadata)
  const bodyBytes = Number(message.int64(messageSlots.bodyLength))
  if (!(bodyBytes >= 0 && bodyBytes <= maxBodyBytes)) throw new Error('a message body of impossible length')
  message.vector(messageSlots.customMetadata, 4)
  const header = message.table(messageSlots.header)
  if (header === undefined) throw new Error('a message without content')
  switch (message.byte(messageSlots.headerType)) {
    case headerTypes.schema:
      checkSchema(header)
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

/** What a batch may always unpack to, and how many times its size beyond that; natural text is packed to a third or a tenth. */
const freeUnpackedBytes = 256 * 1024 * 1024
const maxUnpackedRatio = 20

/** Bounds what the messages of a file unpack to: each batch of rows, and all of its dictionaries, which stay in memory. */
export class UnpackedBudget {
  #packed = 0
  #unpacked = 0

  /**
   * Counts a message's buffers by the lengths before them, which the unpackers hold them to.
   *
   * @param read returns the bytes of the message's body from one place to another
   * @throws {Error} when they grow beyond belief
   */
  async add(metadata: Buffer, read: (start: number, end: number) => Promise<Buffer>, bodyBytes: number): Promise<void> {
    const isDictionary = FlatbufferTable.root(metadata).byte(messageSlots.headerType) === headerTypes.dictionaryBatch
    const packed = bodyBytes + (isDictionary ? this.#packed : 0)
    let unpacked = isDictionary ? this.#unpacked : 0
    for (const start of packedBuffers(metadata)) {
      // -1 says that a buffer is not packed.
      unpacked += Math.max(0, Number((await read(start, start + lengthBytes)).readBigInt64LE(0)))
      if (unpacked > Math.max(freeUnpackedBytes, maxUnpackedRatio * packed)) {
        throw new Error('a batch that grows beyond belief')
      }
    }
    if (!isDictionary) return
    this.#packed = packed
    this.#unpacked = unpacked
  }
}

const lengthBytes = 8

/** Where the packed buffers of a message begin in its body, each with its unpacked length before it. */
function* packedBuffers(metadata: Buffer): Generator<number> {
  const message = FlatbufferTable.root(metadata)
  const header = message.table(messageSlots.header)
  const isDictionary = message.byte(messageSlots.headerType) === headerTypes.dictionaryBatch
  if (message.byte(messageSlots.headerType) === headerTypes.schema) return
  const batch = isDictionary ? header?.table(dictionaryBatchSlots.data) : header
  if (batch?.table(recordBatchSlots.compression) === undefined) return
  const buffers = batch.vector(recordBatchSlots.buffers, 16)
  for (let i = 0; i < buffers.length; i++) {
    const length = Number(batch.int64At(buffers.start + 16 * i + 8))
    if (length > 0 && length < lengthBytes) throw new Error('a packed buffer without its length')
    if (length > 0) yield Number(batch.int64At(buffers.start + 16 * i))
  }
}

/** @throws {Error} when a schema has more columns than any table, or lengths that cannot be */
export function checkSchema(schema: FlatbufferTable): void {
  checkFields(schema, schemaSlots.fields, { left: 100_000 }, 0)
  schema.vector(schemaSlots.customMetadata, 4)
}

/** Counts fields as well as depth, as offsets may lead to the same field again and again. */
function checkFields(table: FlatbufferTable, slot: number, budget: { left: number }, depth: number): void {
  if (depth > 64) throw new Error('columns nested too deeply')
  for (const field of table.tables(slot)) {
    if (--budget.left < 0) throw new Error('too many columns')
    field.vector(fieldSlots.customMetadata, 4)
    checkFields(field, fieldSlots.children, budget, depth + 1)
  }
}

function checkBatch(batch: FlatbufferTable, bodyBytes: number): void {
  batch.vector(recordBatchSlots.nodes, 16)
  batch.vector(recordBatchSlots.variadicBufferCounts, 8)
  const buffers = batch.vector(recordBatchSlots.buffers, 16)
  for (let i = 0; i < buffers.length; i++) {
    const offset = Number(batch.int64At(buffers.start + 16 * i))
    const length = Number(batch.int64At(buffers.start + 16 * i + 8))
    if (!(offset >= 0 && length >= 0 && offset + length <= bodyBytes)) throw new Error('a buffer outside its message')
  }
}
