import { ByteBuffer, utf8CharLength, utf8Encode } from '../parts/utf8.ts'
import { SentencePieceCutter } from './cutter.ts'
import { byteOfPiece, pieceType, type SentencePieceModel } from './model.ts'
import { isSpaceSymbol, SentencePieceNormalizer, spaceSymbol } from './normalizer.ts'

const replacementCharacter = utf8Encode('\ufffd')
const standardUnkSurface = utf8Encode(' \u2047 ')

/**
 * SentencePiece itself: text to ids and pieces to text, without any tokens beside the model.
 *
 * Source: sentencepiece 0.2.3, `encode` and `decode`.
 */
export class SentencePiece {
  readonly model: SentencePieceModel
  /** Ids of the pieces' names; of two pieces with one name the one that is no text. */
  readonly idsOfNames: ReadonlyMap<string, number>
  /** Whether `encode` may give ids behind the pieces. */
  readonly givesNames: boolean
  readonly #normalizer: SentencePieceNormalizer
  readonly #denormalizer: SentencePieceNormalizer | undefined
  readonly #cutter: SentencePieceCutter
  readonly #text = new ByteBuffer()
  /** The byte that each byte piece stands for. */
  readonly #byteOfId: Uint8Array

  /**
   * @param options.addDummyPrefix whether a space is put in front of a text @default as the model says
   * @param options.names makes a run of unknown characters be looked up by its text, as transformers does: among the
   *   pieces that text is not cut into, and among these names, the first of which has the id behind the pieces
   */
  constructor(
    model: SentencePieceModel,
    options: { readonly addDummyPrefix?: boolean; readonly names?: readonly string[] } = {},
  ) {
    this.model = withPrefix(model, options.addDummyPrefix)
    const { pieces, types } = model
    this.#normalizer = new SentencePieceNormalizer(this.model.normalizer, {
      whitespaceIsSuffix: model.whitespaceIsSuffix,
      userDefined: pieces.filter((_, id) => types[id] === pieceType.userDefined),
    })
    this.#denormalizer =
      model.denormalizer &&
      new SentencePieceNormalizer(model.denormalizer, { whitespaceIsSuffix: false, userDefined: [] })
    this.idsOfNames = idsOfNames(model)
    const names = options.names === undefined ? new Map<string, number>() : unknownNames(this, options.names)
    this.givesNames = [...names.values()].some((id) => id >= pieces.length)
    this.#cutter = new SentencePieceCutter(this.model, names)
    this.#byteOfId = Uint8Array.from(pieces, (piece, id) => (types[id] === pieceType.byte ? byteOfPiece(piece)! : 0))
  }

  /**
   * Ids of a text, which stay as they are until the next call.
   *
   * @param limit how many ids are wanted: cutting may stop behind them
   */
  encode(text: string, limit = Number.POSITIVE_INFINITY): Int32Array {
    const input = this.#text
    input.length = 0
    input.appendText(text)
    this.#normalizer.normalize(input.bytes, input.length)
    const { bytes, length } = this.#normalizer.output
    const count = this.#cutter.cut(bytes, length, limit)
    return this.#cutter.ids.subarray(0, count)
  }

  /** Text of ids; those outside the model are left out. */
  decode(ids: ArrayLike<number>): string {
    const decoder = this.#decoder()
    for (let i = 0; i < ids.length; i++) if (this.model.names[ids[i]!] !== undefined) decoder.addPiece(ids[i]!)
    return this.#denormalized(decoder)
  }

  /** Text of pieces given by their names; what the model does not have stands for itself. */
  decodeNames(names: readonly string[]): string {
    const decoder = this.#decoder()
    for (const name of names) {
      const id = this.idsOfNames.get(name)
      if (id === undefined) decoder.addText(name)
      else decoder.addPiece(id)
    }
    return this.#denormalized(decoder)
  }

  #decoder(): PieceDecoder {
    return new PieceDecoder(this.model, this.#byteOfId)
  }

  #denormalized(decoder: PieceDecoder): string {
    const out = decoder.finish()
    if (this.#denormalizer === undefined) return out.toString()
    this.#denormalizer.normalize(out.bytes, out.length)
    return this.#denormalizer.output.toString()
  }
}

function withPrefix(model: SentencePieceModel, addDummyPrefix: boolean | undefined): SentencePieceModel {
  if (addDummyPrefix === undefined) return model
  return { ...model, normalizer: { ...model.normalizer, addDummyPrefix } }
}

function idsOfNames(model: SentencePieceModel): Map<string, number> {
  const ids = new Map<string, number>()
  model.names.forEach((name, id) => {
    if (!ids.has(name) || !isSurface(model.types[id]!)) ids.set(name, id)
  })
  return ids
}

function isSurface(type: number): boolean {
  return type === pieceType.normal || type === pieceType.userDefined || type === pieceType.unused
}

/** The names that a run of unknown characters may have. A character that is a piece is never unknown. */
function unknownNames({ model, idsOfNames: ids }: SentencePiece, more: readonly string[]): Map<string, number> {
  const { names, types } = model
  const isCut = (char: string): boolean => {
    const type = types[ids.get(char) ?? -1]
    return type === pieceType.normal || type === pieceType.userDefined
  }
  const reserved = names.flatMap((name, id) =>
    types[id] === pieceType.normal || types[id] === pieceType.userDefined ? [] : [[name, ids.get(name)!] as const],
  )
  const behind = more.map((name, index) => [name, names.length + index] as const)
  const all = [...reserved, ...behind].filter(([name]) => name !== '' && ![...name].some(isCut))
  return new Map(all)
}

/** Writes pieces one behind the other. */
class PieceDecoder {
  readonly #model: SentencePieceModel
  readonly #byteOfId: Uint8Array
  readonly #out = new ByteBuffer()
  /** Bytes that may yet become a character. */
  readonly #queued = new ByteBuffer()
  #atStart = true

  constructor(model: SentencePieceModel, byteOfId: Uint8Array) {
    this.#model = model
    this.#byteOfId = byteOfId
  }

  addPiece(id: number): void {
    const type = this.#model.types[id]
    if (type === pieceType.byte) {
      this.#queued.push(this.#byteOfId[id]!)
      return
    }
    this.#beforePiece()
    if (type === pieceType.unknown) {
      const surface = this.#model.unkSurface ?? standardUnkSurface
      this.#out.append(surface, 0, surface.length)
    } else if (type !== pieceType.control) {
      this.#addSurface(this.#model.pieces[id]!)
    }
    if (this.#out.length > 0) this.#atStart = false
  }

  /** A text that is no piece, as it is. */
  addText(text: string): void {
    this.#beforePiece()
    this.#out.appendText(text)
    if (this.#out.length > 0) this.#atStart = false
  }

  finish(): ByteBuffer {
    appendQueued(this.#out, this.#queued)
    return this.#out
  }

  #beforePiece(): void {
    appendQueued(this.#out, this.#queued)
    if (this.#out.length > 0) this.#atStart = false
  }

  #addSurface(piece: Uint8Array): void {
    const { addDummyPrefix, removeExtraWhitespaces } = this.#model.normalizer
    let start = 0
    if (this.#atStart && (addDummyPrefix || removeExtraWhitespaces) && isSpaceSymbol(piece, 0)) {
      start = spaceSymbol.length
      if (!removeExtraWhitespaces) this.#atStart = false
    }
    appendWithSpaces(this.#out, piece, start)
  }
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
