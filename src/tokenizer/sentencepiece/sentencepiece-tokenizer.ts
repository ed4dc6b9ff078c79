import { cleanUpSpaces } from '../parts/clean-up.ts'
import { sentinelTokens } from '../parts/sentinels.ts'
import { cutLength } from '../parts/truncation.ts'
import { ByteBuffer, utf8CharLength, utf8Encode } from '../parts/utf8.ts'
import { isWhiteSpace } from '../parts/white-space.ts'
import type { Tokenizer, TokenizerSettings } from '../tokenizer.ts'
import { SentencePieceCutter } from './cutter.ts'
import { byteOfPiece, parseSentencePieceModel, pieceType, type SentencePieceModel } from './model.ts'
import { isSpaceSymbol, SentencePieceNormalizer, spaceSymbol } from './normalizer.ts'

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
  readonly #cutter: SentencePieceCutter
  /** The byte that each byte piece stands for. */
  readonly #byteOfId: Uint8Array
  /** Tokens that have an id but no piece in the model. */
  readonly #added: ReadonlyMap<number, string>
  readonly #specialIds: ReadonlySet<number>
  readonly #cleanUp: boolean
  readonly #text = new ByteBuffer()

  constructor(model: SentencePieceModel, settings: TokenizerSettings) {
    this.#model = model
    const { pieces, types } = model
    this.#normalizer = new SentencePieceNormalizer(model.normalizer, {
      whitespaceIsSuffix: model.whitespaceIsSuffix,
      userDefined: pieces.filter((_, id) => types[id] === pieceType.userDefined),
    })
    this.#denormalizer =
      model.denormalizer &&
      new SentencePieceNormalizer(model.denormalizer, { whitespaceIsSuffix: false, userDefined: [] })
    this.#cutter = new SentencePieceCutter(model)
    this.#byteOfId = Uint8Array.from(pieces, (piece, id) => (types[id] === pieceType.byte ? byteOfPiece(piece)! : 0))
    this.#cleanUp = settings.cleanUpSpaces ?? false

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
    const count = this.#cutter.cut(bytes, length, maxLength ?? Number.POSITIVE_INFINITY)
    const kept = cutLength(count, addEos ? 1 : 0, maxLength)
    const result = new Int32Array(kept + (addEos ? 1 : 0))
    result.set(this.#cutter.ids.subarray(0, kept))
    if (addEos) result[kept] = this.eosId
    return result
  }

  decode(ids: ArrayLike<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    const skip = options.skipSpecialTokens ?? true
    const parts: string[] = []
    let start = 0
    for (let i = 0; i < ids.length; i++) {
      // Tokens behind the model's pieces stand between spaces, as transformers' T5Tokenizer writes them.
      const added = this.#added.get(ids[i]!)
      if (added === undefined || (skip ? this.#specialIds.has(ids[i]!) : this.#isNamed(ids[i]!))) continue
      const before = this.#decodeStretch(ids, start, i, skip)
      if (before !== '') parts.push(before)
      parts.push(added)
      start = i + 1
    }
    if (start < ids.length) parts.push(this.#decodeStretch(ids, start, ids.length, skip))
    const text = parts.join(' ')
    return this.#cleanUp ? cleanUpSpaces(text) : text
  }

  /** A stretch with the model's special tokens, unless skipped: a space before the text in front of a run of them. */
  #decodeStretch(ids: ArrayLike<number>, from: number, to: number, skip: boolean): string {
    if (skip) return this.#decodeText(ids, from, to)
    let text = ''
    let start = from
    let afterSpecial = false
    for (let i = from; i < to; i++) {
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
    return stripped(text + this.#decodeText(ids, start, to))
  }

  #isNamed(id: number): boolean {
    return id === this.padId || id === this.eosId || id === this.unkId
  }

  #nameOfSpecial(id: number): string | undefined {
    if (!this.#specialIds.has(id)) return undefined
    return this.#added.get(id) ?? this.#model.names[id]!
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
        queued.push(this.#byteOfId[id]!)
        continue
      }
      appendQueued(out, queued)
      if (out.length > 0) atStart = false
      if (piece === undefined || type === pieceType.control) continue
      if (type === pieceType.unknown) {
        const surface = this.#model.unkSurface ?? standardUnkSurface
        out.append(surface, 0, surface.length)
      } else {
        let start = 0
        if (atStart && (normalizer.addDummyPrefix || normalizer.removeExtraWhitespaces) && isSpaceSymbol(piece, 0)) {
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
  model.names.forEach((name, id) => {
    ids.set(name, id)
  })
  const inModel = sentinelTokens(ids)
  const added = new Map<number, string>()
  const special = new Set<number>()
  let size = model.pieces.length
  const add = (content: string, id: number): void => {
    size = Math.max(size, id + 1)
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
    const id = known ?? size
    if (known === undefined) add(content, id)
    special.add(id)
    return id
  }
  const eosId = idOf(settings.eosToken ?? model.eosPiece)
  const unkId = idOf(settings.unkToken ?? model.unkPiece)
  const padId = idOf(settings.padToken ?? model.padPiece)
  for (const { id, content, special: isSpecial } of settings.addedTokens ?? []) {
    if (id === undefined && isSpecial) idOf(content)
  }
  let sentinelIds = sentinelTokens(ids)
  if (sentinelIds.length === 0) sentinelIds = lastOrdinaryIds(model)
  return { padId, eosId, unkId, vocabSize: size, sentinelIds, added, ids: special }
}

/** The last ids of a vocabulary without `<extra_id_N>`, from the highest down, special and byte pieces left alone. */
function lastOrdinaryIds(model: SentencePieceModel): number[] {
  const ids: number[] = []
  for (let id = model.pieces.length - 1; id >= 0 && ids.length < standardExtraIds; id--) {
    if (model.types[id] === pieceType.normal) ids.push(id)
  }
  return ids
}

/** The text without the white space at its ends, as Python's `strip` takes it. */
function stripped(text: string): string {
  const isSpace = (at: number): boolean => {
    const unit = text.charCodeAt(at)
    return isWhiteSpace(unit) || (unit >= 0x1c && unit <= 0x1f)
  }
  let start = 0
  let end = text.length
  while (start < end && isSpace(start)) start++
  while (end > start && isSpace(end - 1)) end--
  return text.slice(start, end)
}

function appendWithSpaces(out: ByteBuffer, piece: Uint8Array, from: number): void {
  let copied = from
  for (let i = from; i < piece.length; i++) {
    if (!isSpaceSymbol(piece, i)) continue
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
