import { checkMessage, checkSchema, UnpackedBudget } from './arrow-messages.ts'
import { FlatbufferTable } from './flatbuffer-table.ts'

/** Slots of the footer's table in Arrow's File.fbs. */
const footerSlots = { schema: 1, dictionaries: 2, recordBatches: 3 }
const blockBytes = 24

/**
 * Checks an Arrow file's footer and the message of each block that it lists, as apache-arrow trusts every length in them.
 *
 * @param read returns the bytes from one place to another
 * @param size of the file
 * @throws {Error} saying what is wrong
 */
export async function checkArrowFile(
  read: (start: number, end: number) => Promise<Buffer>,
  size: number,
): Promise<void> {
  const end = await read(Math.max(0, size - 10), size)
  if (end.length < 10 || end.toString('latin1', 4) !== 'ARROW1') throw new Error('it has no end mark')
  const footerBytes = end.readInt32LE(0)
  if (footerBytes <= 0 || footerBytes > size - 18) throw new Error('a footer of impossible length')
  const footer = FlatbufferTable.root(await read(size - 10 - footerBytes, size - 10))
  const schema = footer.table(footerSlots.schema)
  if (schema === undefined) throw new Error('no schema')
  checkSchema(schema)
  const budget = new UnpackedBudget()
  let total = 0
  for (const slot of [footerSlots.dictionaries, footerSlots.recordBatches]) {
    const blocks = footer.vector(slot, blockBytes)
    for (let i = 0; i < blocks.length; i++) {
      const at = blocks.start + i * blockBytes
      const start = Number(footer.int64At(at))
      const metadataBytes = footer.int32At(at + 8)
      const bodyBytes = Number(footer.int64At(at + 16))
      const isInside = start >= 8 && metadataBytes > 8 && bodyBytes >= 0 && start + metadataBytes + bodyBytes <= size
      if (!isInside) throw new Error('a block outside the file')
      total += metadataBytes + bodyBytes
      // Blocks that lie on each other would be read again and again.
      if (total > size) throw new Error('blocks that overlap')
      const message = withoutPrefix(await read(start, start + metadataBytes))
      const found = checkMessage(message)
      if (found > bodyBytes) throw new Error('a message longer than its block')
      const body = start + metadataBytes
      await budget.add(message, (from, to) => read(body + from, body + to), found)
    }
  }
}

/** Leaves out the length before a message's metadata, and the mark that stands there since Arrow 0.15. */
function withoutPrefix(message: Buffer): Buffer {
  const isMarked = message.readUInt32LE(0) === 0xffffffff
  const length = message.readInt32LE(isMarked ? 4 : 0)
  const metadata = message.subarray(isMarked ? 8 : 4)
  if (length <= 0 || length > metadata.length) throw new Error('a message of impossible length')
  return metadata.subarray(0, length)
}
