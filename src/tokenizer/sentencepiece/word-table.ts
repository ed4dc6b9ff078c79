/**
 * Words by their bytes, and how each is cut when it stands alone. Looking a word up needs no string of it. The table starts
 * anew when it is full.
 *
 * Word `w` has the ids `ids[idStarts[w], idStarts[w + 1])`, the scores of its pieces (one for each unknown character)
 * `scores[scoreStarts[w], scoreStarts[w + 1])`, and its nearest decision was won by `margins[w]`.
 */
export class WordTable {
  ids: Int32Array = new Int32Array(1 << 12)
  scores: Float64Array = new Float64Array(1 << 12)
  readonly idStarts = new Int32Array(most + 1)
  readonly scoreStarts = new Int32Array(most + 1)
  readonly margins = new Float64Array(most)
  #count = 0
  /** Number of the word in each slot, from 1; 0 for none. */
  readonly #slots = new Int32Array(2 * most)
  readonly #hashes = new Int32Array(most)
  readonly #byteStarts = new Int32Array(most + 1)
  #bytes: Uint8Array = new Uint8Array(1 << 14)

  /** The word's number, or -1. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    return this.#slots[this.#slot(bytes, start, end, hash)]! - 1
  }

  /** Adds a word that is not there yet, without ids and scores, and returns its number. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, margin: number): number {
    if (this.#count === most) {
      this.#slots.fill(0)
      this.#count = 0
    }
    const word = this.#count++
    this.#slots[this.#slot(bytes, start, end, hash)] = word + 1
    this.#hashes[word] = hash
    this.margins[word] = margin
    this.idStarts[word + 1] = this.idStarts[word]!
    this.scoreStarts[word + 1] = this.scoreStarts[word]!
    const from = this.#byteStarts[word]!
    const to = from + end - start
    this.#byteStarts[word + 1] = to
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * to))
    for (let i = start; i < end; i++) this.#bytes[from + i - start] = bytes[i]!
    return word
  }

  /** Adds an id to the word that was added last. */
  pushId(id: number): void {
    const at = this.idStarts[this.#count]!++
    if (at >= this.ids.length) this.ids = grown(this.ids, new Int32Array(2 * at))
    this.ids[at] = id
  }

  /** Adds a piece's score to the word that was added last. */
  pushScore(score: number): void {
    const at = this.scoreStarts[this.#count]!++
    if (at >= this.scores.length) this.scores = grown(this.scores, new Float64Array(2 * at))
    this.scores[at] = score
  }

  /** The slot that holds the word, or the free one where it belongs. */
  #slot(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const word = this.#slots[slot]! - 1
      if (word < 0 || (this.#hashes[word] === hash && this.#equals(word, bytes, start, end))) return slot
    }
  }

  #equals(word: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#byteStarts[word]!
    if (this.#byteStarts[word + 1]! - from !== end - start) return false
    for (let i = start; i < end; i++) if (this.#bytes[from + i - start] !== bytes[i]) return false
    return true
  }
}

/** Words in the table; a power of two. */
const most = 1 << 16

/** Longest word worth keeping, in bytes. */
export const longestWord = 64

export const hashStart = 0x811c9dc5 | 0

/** One step of the FNV-1a hash. */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(array: T, target: T): T {
  target.set(array)
  return target
}
