/** A stream of bytes that can be looked at before it is taken. */
export class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer[] = []
  #heldBytes = 0
  #ended = false

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#source = bytes[Symbol.asyncIterator]()
  }

  /** The next `count` bytes, or fewer at the end, which stay in the queue. */
  async peek(count: number): Promise<Buffer> {
    while (this.#heldBytes < count && (await this.#pull()));
    if (this.#held.length > 1) this.#held = [Buffer.concat(this.#held)]
    return (this.#held[0] ?? Buffer.alloc(0)).subarray(0, count)
  }

  /** Takes the next `count` bytes, or fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count)
    if (bytes.length > 0) {
      this.#held[0] = this.#held[0]!.subarray(bytes.length)
      this.#heldBytes -= bytes.length
    }
    return bytes
  }

  /** Puts bytes back to be taken next. */
  unread(bytes: Buffer): void {
    this.#held.unshift(bytes)
    this.#heldBytes += bytes.length
  }

  /** Takes what is there, or waits for more; `undefined` at the end. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#held.shift()
      if (chunk !== undefined && chunk.length > 0) {
        this.#heldBytes -= chunk.length
        return chunk
      }
      if (chunk === undefined && !(await this.#pull())) return undefined
    }
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.#source.return?.()
  }

  async #pull(): Promise<boolean> {
    if (this.#ended) return false
    const { done, value } = await this.#source.next()
    if (done === true) {
      this.#ended = true
      return false
    }
    const chunk = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    return true
  }
}
