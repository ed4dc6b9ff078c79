import { createHash } from 'node:crypto'

/** Words of a digest. */
const words = 4

/**
 * Numbers texts by the order in which they come first. Of a text a digest of 16 bytes is kept, which stands for it where
 * only equality counts, and its place in a table: 24 to 32 bytes, whatever its length.
 */
export class DigestNumbers {
  #digests = new Uint32Array(words * 1024)
  /** Number of a text and 1, at the place that its digest leads to or behind it; 0 is free. */
  #table = new Int32Array(4096)
  count = 0

  /** The text's number, and whether it came for the first time. */
  add(text: string): { readonly number: number; readonly isNew: boolean } {
    const bytes = createHash('md5').update(text).digest()
    const digest = new Uint32Array(bytes.buffer, bytes.byteOffset, words)
    const place = this.#placeOf(digest, 0)
    const known = this.#table[place]!
    if (known > 0) return { number: known - 1, isNew: false }
    if (words * this.count === this.#digests.length) this.#digests = doubled(this.#digests)
    this.#digests.set(digest, words * this.count)
    this.#table[place] = ++this.count
    if (2 * this.count > this.#table.length) this.#enlarge()
    return { number: this.count - 1, isNew: true }
  }

  /** Where a digest stands in the table, or the free place where it belongs. */
  #placeOf(digests: Uint32Array, at: number): number {
    const mask = this.#table.length - 1
    let place = digests[at]! & mask
    for (let known = this.#table[place]!; known > 0; known = this.#table[place]!) {
      if (isEqual(this.#digests, words * (known - 1), digests, at)) return place
      place = (place + 1) & mask
    }
    return place
  }

  #enlarge(): void {
    this.#table = new Int32Array(2 * this.#table.length)
    for (let number = 0; number < this.count; number++) {
      this.#table[this.#placeOf(this.#digests, words * number)] = number + 1
    }
  }
}

function isEqual(a: Uint32Array, from: number, b: Uint32Array, at: number): boolean {
  for (let i = 0; i < words; i++) if (a[from + i] !== b[at + i]) return false
  return true
}

function doubled(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * values.length)
  larger.set(values)
  return larger
}
