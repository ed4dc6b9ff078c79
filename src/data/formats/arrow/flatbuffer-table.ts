/** A table of a FlatBuffer, read with checks of every place. */
export class FlatbufferTable {
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

  /** @throws {Error} here and in every method, when the bytes do not hold what they say */
  static root(bytes: Buffer): FlatbufferTable {
    if (bytes.length < 8) throw new Error('a message that is too short')
    return new FlatbufferTable(bytes, bytes.readUInt32LE(0))
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

  int32At(at: number): number {
    return this.#int32(at)
  }

  table(slot: number): FlatbufferTable | undefined {
    const at = this.#field(slot)
    return at === 0 ? undefined : new FlatbufferTable(this.#bytes, this.#target(at))
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

  *tables(slot: number): Generator<FlatbufferTable> {
    const { start, length } = this.vector(slot, 4)
    for (let i = 0; i < length; i++) yield new FlatbufferTable(this.#bytes, this.#target(start + 4 * i))
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
