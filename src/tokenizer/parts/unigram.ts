import type { ByteTrie } from './byte-trie.ts'

export interface UnigramModel {
  /** Pieces as UTF-8 bytes; the numbers are ids. */
  readonly trie: ByteTrie
  /** Log probability of each id. */
  readonly scores: Float64Array
  readonly unkId: number
  /** Score of one character that no piece covers. */
  readonly unkScore: number
}

/** Path scores beyond this are shifted back to zero, which keeps float32 sums over long texts apart. */
export const resetThreshold = 100_000

/**
 * Finds the most probable segmentation of UTF-8 text (Viterbi over the pieces that start at each character).
 *
 * The result of `segment` lies in `ids` and `ends` (end offsets, exclusive) until the next call. Time and memory are
 * linear in the text's bytes, times the length of the longest piece.
 *
 * Source: same result as `EncodeOptimized` in sentencepiece 0.2.3 and `encode_optimized` in tokenizers 0.22.
 */
export class UnigramSegmenter {
  ids: Int32Array = new Int32Array(256)
  ends: Int32Array = new Int32Array(256)
  /** Score of the last segmentation, the start's score included. */
  score = 0
  /** By how much the nearest decision of the last segmentation was won; Infinity when there was none to make. */
  margin = 0
  readonly #model: UnigramModel
  #score = new Float64Array(256)
  #start = new Int32Array(256)
  #id = new Int32Array(256)

  constructor(model: UnigramModel) {
    this.#model = model
  }

  /**
   * Segments `bytes[from, to)` and returns the number of pieces.
   *
   * @param singlePrecision whether sums are rounded to float32, as SentencePiece has them; the tokenizers library adds
   * in float64. Near-ties fall differently, so each must be added as its own program does
   * @param startScore score of what stands before `from`
   */
  segment(bytes: Uint8Array, from: number, to: number, singlePrecision: boolean, startScore = 0): number {
    const size = to - from
    if (size === 0) return 0
    this.#reserve(size + 1)
    const { trie, scores, unkId, unkScore } = this.#model
    // Best path that ends at each offset: its score, where its last piece starts (-1: none yet) and that piece's id.
    const score = this.#score
    const start = this.#start
    const id = this.#id
    start.fill(-1, 0, size + 1)
    score[0] = startScore
    let margin = Number.POSITIVE_INFINITY
    let frontier = 0
    let at = 0
    while (at < size) {
      let scoreHere = score[at]!
      if (singlePrecision && (scoreHere < -resetThreshold || scoreHere > resetThreshold)) {
        const offset = scoreHere
        for (let i = at; i <= frontier; i++) {
          if (i === at || start[i] !== -1) score[i] = Math.fround(score[i]! - offset)
        }
        scoreHere = 0
      }
      const charEnd = Math.min(at + utf8Length(bytes[from + at]!), size)
      let coversChar = false
      let slot = 0
      for (let end = at; end < size; ) {
        const child = trie[slot]! ^ (bytes[from + end]! << 2)
        if (trie[child + 1] !== slot) break
        slot = child
        end++
        const piece = trie[slot + 2]!
        if (piece < 0) continue
        const sum = scores[piece]! + scoreHere
        const candidate = singlePrecision ? Math.fround(sum) : sum
        if (start[end] === -1) {
          score[end] = candidate
          start[end] = at
          id[end] = piece
        } else {
          const gain = candidate - score[end]!
          if (gain > 0) {
            score[end] = candidate
            start[end] = at
            id[end] = piece
            if (gain < margin) margin = gain
          } else if (-gain < margin) margin = -gain
        }
        if (end > frontier) frontier = end
        if (end === charEnd) coversChar = true
      }
      if (!coversChar) {
        const sum = unkScore + scoreHere
        const candidate = singlePrecision ? Math.fround(sum) : sum
        if (start[charEnd] !== -1) margin = Math.min(margin, Math.abs(candidate - score[charEnd]!))
        if (start[charEnd] === -1 || candidate > score[charEnd]!) {
          score[charEnd] = candidate
          start[charEnd] = at
          id[charEnd] = unkId
        }
        if (charEnd > frontier) frontier = charEnd
      }
      at = charEnd
    }
    let count = 0
    for (let end = size; end > 0; end = start[end]!) count++
    let index = count
    for (let end = size; end > 0; end = start[end]!) {
      this.ids[--index] = id[end]!
      this.ends[index] = from + end
    }
    this.score = score[size]!
    this.margin = margin
    return count
  }

  #reserve(length: number): void {
    if (length <= this.#start.length) return
    const capacity = Math.max(length, this.#start.length * 2)
    this.ids = new Int32Array(capacity)
    this.ends = new Int32Array(capacity)
    this.#score = new Float64Array(capacity)
    this.#start = new Int32Array(capacity)
    this.#id = new Int32Array(capacity)
  }
}

/** Bytes of the character that starts with this byte; 1 for a byte that starts none. */
export function utf8Length(lead: number): number {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}
