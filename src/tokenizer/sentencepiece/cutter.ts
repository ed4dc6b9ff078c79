import { type ByteTrie, byteTrie, exactMatch } from '../parts/byte-trie.ts'
import { resetThreshold, UnigramSegmenter } from '../parts/unigram.ts'
import { utf8Encode } from '../parts/utf8.ts'
import { byteOfPiece, pieceType, type SentencePieceModel } from './model.ts'
import { isSpaceSymbol, spaceSymbol } from './normalizer.ts'
import { hashByte, hashStart, longestWord, WordTable } from './word-table.ts'

/** SentencePiece prices an unknown character this far below the least probable piece. */
const unknownPenalty = 10

/**
 * Cuts normalised text into the ids that SentencePiece gives.
 *
 * Where no piece goes over a word's start, a word's best pieces do not depend on its neighbours, so words that were cut
 * before are looked up. They still depend on the score before the word, as SentencePiece's float32 sums round more
 * coarsely the farther they are from zero. A word is therefore first cut with exact sums from zero; the result holds
 * behind any score whose rounding cannot turn the word's nearest decision, and behind others the word is cut again.
 */
export class SentencePieceCutter {
  /** The last text's ids. */
  ids = new Int32Array(1024)
  #count = 0
  readonly #segmenter: UnigramSegmenter
  readonly #scores: Float64Array
  readonly #unkScore: number
  /** Largest absolute score of a piece. */
  readonly #largestScore: number
  /** The model's unknown piece, -1 when only byte fallback stands for it. */
  readonly #unknown: number
  /** Id of each byte's piece; empty without byte fallback. */
  readonly #byteIds: Int32Array
  readonly #words: WordTable | undefined
  /** Names that a run of unknown characters may have, with their ids. */
  readonly #names: ByteTrie | undefined

  /** @param names ids of texts that no piece covers: a run of unknown characters that is one of them gets its id */
  constructor(model: SentencePieceModel, names: ReadonlyMap<string, number> = new Map()) {
    const { pieces, types } = model
    if (names.size > 0) this.#names = byteTrie([...names.keys()].map(utf8Encode), [...names.values()])
    this.#unknown = types.indexOf(pieceType.unknown)
    this.#byteIds = new Int32Array(model.byteFallback ? 256 : 0)
    for (let id = 0; id < pieces.length; id++) {
      if (types[id] === pieceType.byte) this.#byteIds[byteOfPiece(pieces[id]!)!] = id
    }
    const { trie, scores, unkScore } = pricedPieces(model)
    this.#scores = scores
    this.#unkScore = unkScore
    this.#largestScore = scores.reduce((largest, score) => Math.max(largest, Math.abs(score)), Math.abs(unkScore))
    this.#segmenter = new UnigramSegmenter({ trie, scores, unkId: this.#unknown, unkScore })
    // A run of unknown characters that has a name may reach over words.
    if (wordsStandAlone(model) && (names.size === 0 || hasSpacePiece(model))) this.#words = new WordTable()
  }

  /**
   * Cuts `bytes[0, size)` and returns the number of ids, which lie in `ids` until the next call.
   *
   * @param limit how many ids are wanted: cutting may stop behind them
   */
  cut(bytes: Uint8Array, size: number, limit: number): number {
    this.#count = 0
    if (this.#words === undefined) {
      this.#addPieces(bytes, 0, this.#segmenter.segment(bytes, 0, size, true))
      return this.#count
    }
    let score = 0
    for (let start = 0; start < size && this.#count < limit; ) {
      let hash = hashByte(hashStart, bytes[start]!)
      let end = start + 1
      while (end < size && !(bytes[end] === spaceSymbol[0] && isSpaceSymbol(bytes, end))) {
        hash = hashByte(hash, bytes[end++]!)
      }
      score = this.#cutWord(this.#words, bytes, start, end, hash, score)
      start = end
    }
    return this.#count
  }

  /** Adds the ids of the word `bytes[start, end)` and returns the score behind it. */
  #cutWord(words: WordTable, bytes: Uint8Array, start: number, end: number, hash: number, score: number): number {
    const length = end - start
    let word = length > longestWord ? -1 : words.find(bytes, start, end, hash)
    if (word === -1 && length <= longestWord) word = this.#learnWord(words, bytes, start, end, hash)
    // Each of at most `length` sums is off by half a unit in the last place of float32 at most, on both paths.
    const reach = Math.abs(score) + length * this.#largestScore
    if (word === -1 || reach >= resetThreshold || words.margins[word]! <= 2 ** -23 * 1.01 * length * reach) {
      this.#addPieces(bytes, start, this.#segmenter.segment(bytes, start, end, true, score))
      return this.#segmenter.score
    }
    const { ids, scores } = words
    const lastId = words.idStarts[word + 1]!
    const lastScore = words.scoreStarts[word + 1]!
    this.#reserve(lastId - words.idStarts[word]!)
    for (let i = words.idStarts[word]!; i < lastId; i++) this.#add(ids[i]!)
    let after = score
    for (let i = words.scoreStarts[word]!; i < lastScore; i++) after = Math.fround(after + scores[i]!)
    return after
  }

  #learnWord(words: WordTable, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const pieces = this.#segmenter.segment(bytes, start, end, false)
    const { ids, ends, margin } = this.#segmenter
    const word = words.add(bytes, start, end, hash, margin)
    let from = start
    for (let i = 0; i < pieces; i++) {
      const id = ids[i]!
      const unknown = id === this.#unknown
      words.pushScore(unknown ? this.#unkScore : this.#scores[id]!)
      if (unknown && this.#byteIds.length > 0) {
        for (let j = from; j < ends[i]!; j++) words.pushId(this.#byteIds[bytes[j]!]!)
      } else if (!unknown) words.pushId(id)
      else if (i + 1 < pieces && ids[i + 1] === id) continue
      else words.pushId(this.#idOfUnknown(bytes, from, ends[i]!))
      from = ends[i]!
    }
    return word
  }

  /** Adds the ids of the pieces that were found last. */
  #addPieces(bytes: Uint8Array, from: number, pieces: number): void {
    const { ids, ends } = this.#segmenter
    let start = from
    for (let i = 0; i < pieces; i++) {
      const end = ends[i]!
      this.#reserve(end - start)
      if (ids[i] !== this.#unknown) this.#add(ids[i]!)
      else if (this.#byteIds.length > 0) {
        for (let j = start; j < end; j++) this.ids[this.#count++] = this.#byteIds[bytes[j]!]!
      } else if (i + 1 < pieces && ids[i + 1] === this.#unknown) continue
      else this.#add(this.#idOfUnknown(bytes, start, end))
      start = end
    }
  }

  /** Id of the run of unknown characters `bytes[start, end)`. */
  #idOfUnknown(bytes: Uint8Array, start: number, end: number): number {
    const named = this.#names === undefined ? -1 : exactMatch(this.#names, bytes, start, end)
    return named >= 0 ? named : this.#unknown
  }

  /** Adds an id; a run of unknown characters is one unknown piece. */
  #add(id: number): void {
    if (id === this.#unknown && this.#count > 0 && this.ids[this.#count - 1] === id) return
    this.ids[this.#count++] = id
  }

  #reserve(extra: number): void {
    if (this.#count + extra <= this.ids.length) return
    const grown = new Int32Array(Math.max(this.#count + extra, this.ids.length * 2))
    grown.set(this.ids.subarray(0, this.#count))
    this.ids = grown
  }
}

/** The pieces that text can be cut into, priced as SentencePiece prices them in float32. */
function pricedPieces(model: SentencePieceModel): { trie: ByteTrie; scores: Float64Array; unkScore: number } {
  const { pieces, types } = model
  const scores = new Float64Array(pieces.length)
  const ids: number[] = []
  let least = 3.4028234663852886e38 // the largest float32
  for (let id = 0; id < pieces.length; id++) {
    const type = types[id]
    const score = model.scores[id]!
    if (type === pieceType.normal) least = Math.min(least, score)
    if (type !== pieceType.normal && type !== pieceType.userDefined) continue
    ids.push(id)
    // A user-defined piece is worth more the longer it is, so that it is always taken.
    scores[id] = type === pieceType.userDefined ? Math.fround(0.1 * (pieces[id]!.length - 1)) : score
  }
  const keys = ids.map((id) => pieces[id]!)
  return { trie: byteTrie(keys, ids), scores, unkScore: Math.fround(least - unknownPenalty) }
}

/** Whether a space is a piece of its own, so that it is never unknown. */
function hasSpacePiece(model: SentencePieceModel): boolean {
  return model.pieces.some((piece, id) => {
    const type = model.types[id]
    const isCut = type === pieceType.normal || type === pieceType.userDefined
    return isCut && piece.length === spaceSymbol.length && isSpaceSymbol(piece, 0)
  })
}

/** Whether every piece lies inside one word, where a word starts at each space symbol. */
function wordsStandAlone(model: SentencePieceModel): boolean {
  return model.pieces.every((piece, id) => {
    const type = model.types[id]
    if (type !== pieceType.normal && type !== pieceType.userDefined) return true
    for (let at = 1; at < piece.length; at++) if (isSpaceSymbol(piece, at)) return false
    return true
  })
}
