/**
 * Unpacks an LZ4 frame of at most so many bytes, in which Arrow files of pyarrow (Feather) hold their buffers. Checksums are not checked.
 *
 * @throws {Error} when the frame is damaged
 * Source: the LZ4 frame and block format descriptions.
 */
export function decompressLz4Frame(input: Uint8Array, mostBytes: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  if (view.getUint32(0, true) !== 0x184d2204) throw new Error('no LZ4 frame')
  const flags = view.getUint8(4)
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  let at = 6 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1
  const output = new Output(mostBytes)
  for (;;) {
    const header = view.getUint32(at, true)
    at += 4
    if (header === 0) return output.bytes()
    const size = header & 0x7fffffff
    if (at + size > input.length) throw new Error('an LZ4 block beyond the end')
    const block = input.subarray(at, at + size)
    if ((header & 0x80000000) !== 0) output.append(block)
    else decompressBlock(block, output)
    at += size + (hasBlockChecksums ? 4 : 0)
  }
}

/**
 * Unpacks a single LZ4 block, as Parquet pages of codec LZ4_RAW are.
 *
 * @throws {Error} when the block is damaged or does not unpack to `length` bytes
 */
export function decompressLz4Block(input: Uint8Array, length: number): Uint8Array {
  const output = new Output(length)
  decompressBlock(input, output)
  const bytes = output.bytes()
  if (bytes.length !== length) throw new Error(`an LZ4 block of ${bytes.length} bytes instead of ${length}`)
  return bytes
}

/**
 * Unpacks a Parquet page of the older codec LZ4: blocks that each begin with both of their sizes, as Hadoop writes them,
 * or one bare block, as old versions of Arrow do.
 *
 * @throws {Error} as `decompressLz4Block`
 */
export function decompressLz4Hadoop(input: Uint8Array, length: number): Uint8Array {
  const blocks = hadoopBlocks(input, length)
  if (blocks === undefined) return decompressLz4Block(input, length)
  const output = new Uint8Array(length)
  let at = 0
  for (const { packed, size } of blocks) {
    output.set(decompressLz4Block(packed, size), at)
    at += size
  }
  return output
}

/** The blocks that the sizes before them speak of, or `undefined` when those do not fit the whole. */
function hadoopBlocks(input: Uint8Array, length: number): { packed: Uint8Array; size: number }[] | undefined {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const blocks: { packed: Uint8Array; size: number }[] = []
  let total = 0
  let at = 0
  while (at < input.length) {
    if (at + 8 > input.length) return undefined
    const size = view.getUint32(at)
    const end = at + 8 + view.getUint32(at + 4)
    if (end > input.length) return undefined
    blocks.push({ packed: input.subarray(at + 8, end), size })
    total += size
    at = end
  }
  return total === length ? blocks : undefined
}

/** A growing array of bytes; blocks may copy from what earlier blocks have written. */
class Output {
  #bytes = new Uint8Array(64 * 1024)
  #length = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Copies from `offset` bytes back; source and target may overlap, which repeats a pattern. */
  repeat(offset: number, length: number): void {
    if (offset === 0 || offset > this.#length) throw new Error('an LZ4 match before the beginning')
    this.#reserve(length)
    let from = this.#length - offset
    for (let i = 0; i < length; i++) this.#bytes[this.#length++] = this.#bytes[from++]!
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed > this.#most) throw new Error(`an LZ4 block of more than ${this.#most} bytes`)
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.bytes())
    this.#bytes = grown
  }
}

function decompressBlock(block: Uint8Array, output: Output): void {
  let at = 0
  const next = (): number => {
    const byte = block[at++]
    if (byte === undefined) throw new Error('an LZ4 block cut short')
    return byte
  }
  const length = (start: number): number => {
    let total = start
    if (start !== 15) return total
    for (;;) {
      const byte = next()
      total += byte
      if (byte !== 255) return total
    }
  }
  while (at < block.length) {
    const token = next()
    const literals = length(token >> 4)
    if (at + literals > block.length) throw new Error('an LZ4 block cut short')
    output.append(block.subarray(at, at + literals))
    at += literals
    // The last sequence has literals only.
    if (at === block.length) return
    const offset = next() | (next() << 8)
    output.repeat(offset, length(token & 15) + 4)
  }
}
