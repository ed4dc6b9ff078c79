/**
 * Unpacks an LZ4 frame, in which Arrow files of pyarrow (Feather) hold their buffers. Checksums are not checked.
 *
 * @throws {Error} when the frame is damaged
 * Source: the LZ4 frame and block format descriptions.
 */
export function decompressLz4Frame(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  if (view.getUint32(0, true) !== 0x184d2204) throw new Error('no LZ4 frame')
  const flags = view.getUint8(4)
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  let at = 6 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1
  const output = new Output()
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

/** A growing array of bytes; blocks may copy from what earlier blocks have written. */
class Output {
  #bytes = new Uint8Array(64 * 1024)
  #length = 0

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
