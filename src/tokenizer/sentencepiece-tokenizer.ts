import { byteTrie } from './byte-trie.ts'
import { byteOfPiece, parseSentencePieceModel, pieceType, type SentencePieceModel } from './sentencepiece-model.ts'
import { SentencePieceNormalizer, spaceSymbol } from './sentencepiece-normalizer.ts'
import { sentinelTokens } from './sentinels.ts'
import type { Tokenizer, TokenizerSettings } from './tokenizer.ts'
import { cutLength } from './truncation.ts'
import { UnigramSegmenter } from './unigram.ts'
import { ByteBuffer, utf8CharLength, utf8Decode, utf8Encode } from './utf8.ts'

/** SentencePiece prices an unknown character this far below the least probable piece. */
const unknownPenalty = 10

/** `<extra_id_N>` tokens that transformers' T5Tokenizer adds when nothing says how many. */
const standardExtraIds = 100

const replacementCharacter = utf8Encode('\ufffd')
const standardUnkSurface = utf8Encode(' \u2047 ')

/**
 * Makes a tokenizer from a spiece.model.
 *
 * `encode` gives what SentencePiece's own `encode` gives, then `</s>`; special tokens inside the text are text.
 * `decode` gives what SentencePiece's own `decode` gives. The `<extra_id_N>` tokens get the ids behind the pieces that
 * transformers' T5Tokenizer gives them.
 *
 * @throws {Fault} when the file is cut, broken, or no Unigram model
 * Source: sentencepiece 0.2.3, transformers 4.57 (`T5Tokenizer`).
 */
export function sentencePieceTokenizer(bytes: Uint8Array, settings: TokenizerSettings = {}): Tokenizer {
  return new SentencePieceTokenizer(parseSentencePieceModel(bytes, settings.origin ?? 'spiece.model'), settings)
}

class SentencePieceTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly padId: number
  readonly eosId: number
  readonly unkId: number
  readonly sentinelIds: readonly number[]
  readonly #model: SentencePieceModel
  readonly #normalizer: SentencePieceNormalizer
  readonly #denormalizer: SentencePieceNormalizer | undefined
  readonly #segmenter: UnigramSegmenter
  /** Id of each byte's piece; empty without byte fallback. */
  readonly #byteIds: Int32Array
  /** The id in the model of an unknown piece, -1 when only byte fallback stands for it. */
  readonly #unknown: number
  /** Tokens that have an id but no piece in the model. */
  readonly #added: ReadonlyMap<number, string>
  readonly #specialIds: ReadonlySet<number>
  readonly #text = new ByteBuffer()

  constructor(model: SentencePieceModel, settings: TokenizerSettings) {
    this.#model = model
    const { pieces, types } = model
    const idsOfPieces = (type: number): number[] => [...types.keys()].filter((id) => types[id] === type)
    this.#unknown = types.indexOf(pieceType.unknown)
    this.#normalizer = new SentencePieceNormalizer(model.normalizer, {
      whitespaceIsSuffix: model.whitespaceIsSuffix,
      userDefined: idsOfPieces(pieceType.userDefined).map((id) => pieces[id]!),
    })
    this.#denormalizer =
      model.denormalizer &&
      new SentencePieceNormalizer(model.denormalizer, { whitespaceIsSuffix: false, userDefined: [] })
    this.#segmenter = unigramOf(model, this.#unknown)
    this.#byteIds = new Int32Array(model.byteFallback ? 256 : 0)
    for (const id of idsOfPieces(pieceType.byte)) this.#byteIds[byteOfPiece(pieces[id]!)!] = id

    const special = specialTokens(model, settings)
    this.padId = special.padId
    this.eosId = special.eosId
    this.unkId = special.unkId
    this.vocabSize = special.vocabSize
    this.sentinelIds = special.sentinelIds
    this.#added = special.added
    this.#specialIds = special.ids
  }

  encode(
    text: string,
    options: { readonly maxLength?: number | undefined; readonly addEos?: boolean } = {},
  ): Int32Array {
    const { maxLength, addEos = true } = options
    const input = this.#text
    input.length = 0
    input.appendText(text)
    this.#normalizer.normalize(input.bytes, input.length)
    const { bytes, length } = this.#normalizer.output
    const pieces = this.#segmenter.segment(bytes, 0, length)
    const { ids, ends } = this.#segmenter
    const byteFallback = this.#byteIds.length > 0
    let count = 0
    let start = 0
    let afterUnknown = false
    for (let i = 0; i < pieces; i++) {
      const unknown = ids[i] === this.#unknown
      // One run of unknown characters is one unknown piece, or all their bytes.
      if (unknown && byteFallback) count += ends[i]! - start
      else if (!unknown || !afterUnknown) count++
      afterUnknown = unknown
      start = ends[i]!
    }
    const kept = cutLength(count, addEos ? 1 : 0, maxLength)
    const result = new Int32Array(kept + (addEos ? 1 : 0))
    let at = 0
    start = 0
    afterUnknown = false
    for (let i = 0; i < pieces && at < kept; i++) {
      const id = ids[i]!
      const unknown = id === this.#unknown
      if (unknown && byteFallback) {
        for (let j = start; j < ends[i]! && at < kept; j++) result[at++] = this.#byteIds[bytes[j]!]!
      } else if (!unknown || !afterUnknown) result[at++] = id
      afterUnknown = unknown
      start = ends[i]!
    }
    if (addEos) result[kept] = this.eosId
    return result
  }

  decode(ids: ArrayLike<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    if (options.skipSpecialTokens ?? true) return this.#decodeText(ids, 0, ids.length)
    // Special tokens end a text; each is written as it is, a space before the first of a run.
    let text = ''
    let start = 0
    let afterSpecial = false
    for (let i = 0; i < ids.length; i++) {
      const name = this.#nameOfSpecial(ids[i]!)
      if (name === undefined) {
        afterSpecial = false
        continue
      }
      if (!afterSpecial) text += ' '
      text += this.#decodeText(ids, start, i) + name
      afterSpecial = true
      start = i + 1
    }
    return (text + this.#decodeText(ids, start, ids.length)).trim()
  }

  #nameOfSpecial(id: number): string | undefined {
    if (!this.#specialIds.has(id)) return undefined
    return this.#added.get(id) ?? utf8Decode(this.#model.pieces[id]!)
  }

  /** SentencePiece's own decoding of `ids[from, to)`. */
  #decodeText(ids: ArrayLike<number>, from: number, to: number): string {
    const { pieces, types, normalizer } = this.#model
    const out = new ByteBuffer()
    const queued = new ByteBuffer()
    let atStart = true
    for (let i = from; i < to; i++) {
      const id = ids[i]!
      const piece = pieces[id]
      const type = types[id]
      if (type === pieceType.byte) {
        queued.push(byteOfPiece(piece!)!)
        continue
      }
      appendQueued(out, queued)
      if (out.length > 0) atStart = false
      if (piece === undefined) {
        const added = this.#added.get(id)
        if (added !== undefined && !this.#specialIds.has(id)) out.appendText(added)
        continue
      }
      if (type === pieceType.control) continue
      if (type === pieceType.unknown) {
        const surface = this.#model.unkSurface ?? standardUnkSurface
        out.append(surface, 0, surface.length)
      } else {
        let start = 0
        if (atStart && (normalizer.addDummyPrefix || normalizer.removeExtraWhitespaces) && isSpaceAt(piece, 0)) {
          start = spaceSymbol.length
          if (!normalizer.removeExtraWhitespaces) atStart = false
        }
        appendWithSpaces(out, piece, start)
      }
      if (out.length > 0) atStart = false
    }
    appendQueued(out, queued)
    if (this.#denormalizer === undefined) return out.toString()
    this.#denormalizer.normalize(out.bytes, out.length)
    return this.#denormalizer.output.toString()
  }
}

/** The model's pieces that text can be cut into, priced as SentencePiece prices them in float32. */
function unigramOf(model: SentencePieceModel, unkId: number): UnigramSegmenter {
  const { pieces, types } = model
  const scores = new Float64Array(pieces.length)
  const surface: number[] = []
  let least = 3.4028234663852886e38 // the largest float32
  for (let id = 0; id < pieces.length; id++) {
    const type = types[id]
    const score = model.scores[id]!
    if (type === pieceType.normal) least = Math.min(least, score)
    if (type !== pieceType.normal && type !== pieceType.userDefined) continue
    surface.push(id)
    // A user-defined piece is worth more the longer it is, so that it is always taken.
    scores[id] = type === pieceType.userDefined ? Math.fround(0.1 * (pieces[id]!.length - 1)) : score
  }
  return new UnigramSegmenter({
    trie: byteTrie(
      surface.map((id) => pieces[id]!),
      surface,
    ),
    scores,
    unkId,
    unkScore: Math.fround(least - unknownPenalty),
    singlePrecision: true,
  })
}

interface SpecialTokens {
  readonly padId: number
  readonly eosId: number
  readonly unkId: number
  readonly vocabSize: number
  readonly sentinelIds: readonly number[]
  readonly added: ReadonlyMap<number, string>
  readonly ids: ReadonlySet<number>
}

/** Ids of the special tokens: the model's pieces, else ids behind them in the order in which transformers adds them. */
function specialTokens(model: SentencePieceModel, settings: TokenizerSettings): SpecialTokens {
  const ids = new Map<string, number>()
  model.pieces.forEach((piece, id) => {
    ids.set(utf8Decode(piece), id)
  })
  const inModel = sentinelTokens(ids)
  const added = new Map<number, string>()
  const special = new Set<number>(inModel)
  const add = (content: string, id: number): void => {
    added.set(id, content)
    ids.set(content, id)
  }
  const extraIds = settings.extraIds ?? (inModel.length > 0 ? 0 : standardExtraIds)
  for (let n = 0; n < extraIds; n++) {
    const id = model.pieces.length + extraIds - 1 - n
    add(`<extra_id_${n}>`, id)
    special.add(id)
  }
  for (const token of settings.addedTokens ?? []) {
    if (token.id !== undefined && token.id >= model.pieces.length) add(token.content, token.id)
    const id = ids.get(token.content)
    if (token.special && id !== undefined) special.add(id)
  }
  const idOf = (content: string): number => {
    const known = ids.get(content)
    const id = known ?? Math.max(model.pieces.length, ...[...added.keys()].map((key) => key + 1))
    if (known === undefined) add(content, id)
    special.add(id)
    return id
  }
  const eosId = idOf(settings.eosToken ?? model.eosPiece)
  const unkId = idOf(settings.unkToken ?? model.unkPiece)
  const padId = idOf(settings.padToken ?? model.padPiece)
  const vocabSize = Math.max(model.pieces.length, ...[...added.keys()].map((id) => id + 1))
  let sentinelIds = sentinelTokens(ids)
  if (sentinelIds.length === 0) sentinelIds = lastOrdinaryIds(model)
  return { padId, eosId, unkId, vocabSize, sentinelIds, added, ids: special }
}

/** The last ids of a vocabulary without `<extra_id_N>`, from the highest down, special and byte pieces left alone. */
function lastOrdinaryIds(model: SentencePieceModel): number[] {
  const ids: number[] = []
  for (let id = model.pieces.length - 1; id >= 0 && ids.length < standardExtraIds; id--) {
    if (model.types[id] === pieceType.normal) ids.push(id)
  }
  return ids
}

function isSpaceAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === spaceSymbol[0] && bytes[at + 1] === spaceSymbol[1] && bytes[at + 2] === spaceSymbol[2]
}

function appendWithSpaces(out: ByteBuffer, piece: Uint8Array, from: number): void {
  let copied = from
  for (let i = from; i < piece.length; i++) {
    if (!isSpaceAt(piece, i)) continue
    out.append(piece, copied, i)
    out.push(0x20)
    copied = i + spaceSymbol.length
    i = copied - 1
  }
  out.append(piece, copied, piece.length)
}

/** Writes the bytes of byte pieces; each byte that belongs to no UTF-8 character becomes U+FFFD. */
function appendQueued(out: ByteBuffer, queued: ByteBuffer): void {
  const { bytes, length } = queued
  for (let at = 0; at < length; ) {
    const size = utf8CharLength(bytes, at, length)
    if (size === 0) out.append(replacementCharacter, 0, replacementCharacter.length)
    else out.append(bytes, at, at + size)
    at += size || 1
  }
  queued.length = 0
}
