import { cleanUpSpaces } from '../parts/clean-up.ts'
import { refuseDecode, refuseEncode } from '../parts/refuse-call.ts'
import { sentinelTokens } from '../parts/sentinels.ts'
import { keptSpan, type TruncationSide } from '../parts/truncation.ts'
import { wellFormed } from '../parts/utf8.ts'
import { trimPythonEnd, trimPythonStart } from '../parts/white-space.ts'
import { AddedTokens, type BaseVocabulary, type ClassTokens } from '../slow/added-tokens.ts'
import { contentOf, type SlowSettings, type SpecialToken } from '../slow/slow-settings.ts'
import type { AddedToken, Tokenizer } from '../tokenizer.ts'
import { parseSentencePieceModel, pieceType, type SentencePieceModel } from './model.ts'
import { SentencePiece } from './sentence-piece.ts'

/** `<extra_id_N>` tokens that transformers' T5Tokenizer adds when nothing says how many. */
const standardExtraIds = 100
const space = '▁'

/**
 * Makes a tokenizer from a spiece.model and the settings beside it.
 *
 * Added tokens, `<extra_id_N>` and special tokens such as `</s>` inside a text are one token each; the text between them
 * is cut as SentencePiece cuts it.
 *
 * @throws {Fault} when the file is cut, broken, or no Unigram model
 * Source: sentencepiece 0.2.3, transformers 4.57 (`T5Tokenizer`).
 */
export function t5Tokenizer(bytes: Uint8Array, settings: SlowSettings = {}): Tokenizer {
  return new T5Tokenizer(parseSentencePieceModel(bytes, settings.origin ?? 'spiece.model'), settings)
}

/** The tokens that a T5Tokenizer has beside the pieces of its model. */
export function t5AddedTokens(model: SentencePieceModel, settings: SlowSettings): AddedTokens {
  const base = new Pieces(model)
  return new AddedTokens(base, classTokens(model, base, settings), settings)
}

class T5Tokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly padId: number
  readonly eosId: number
  readonly unkId: number
  readonly sentinelIds: readonly number[]
  readonly #pieces: SentencePiece
  readonly #added: AddedTokens
  readonly #legacy: boolean
  readonly #prefix: boolean
  readonly #cleanUp: boolean
  readonly #truncationSide: TruncationSide
  readonly #unkToken: string
  /** How many ids stand for the unknown token in front of a text that starts with a space. */
  readonly #unkLength: number
  readonly #tokens: TokenTable

  constructor(model: SentencePieceModel, settings: SlowSettings) {
    const base = new Pieces(model)
    const tokens = classTokens(model, base, settings)
    const added = new AddedTokens(base, tokens, settings)
    this.#added = added
    this.#legacy = settings.legacy ?? true
    this.#prefix = settings.addPrefixSpace ?? true
    this.#cleanUp = settings.cleanUpSpaces ?? false
    this.#truncationSide = settings.truncationSide ?? 'right'
    this.#tokens = new TokenTable(model, added)
    this.#pieces = new SentencePiece(model, {
      names: this.#tokens.more,
      ...(this.#legacy ? {} : { addDummyPrefix: false }),
    })
    this.#unkToken = contentOf(tokens.special.get('unk_token')!)
    this.#unkLength = this.#legacy ? 0 : this.#pieces.encode(this.#unkToken).length
    this.vocabSize = added.size
    this.padId = added.idOf(contentOf(tokens.special.get('pad_token')!))!
    this.eosId = added.idOf(contentOf(tokens.special.get('eos_token')!))!
    this.unkId = added.idOf(this.#unkToken)!
    const sentinels = sentinelTokens((name) => added.idOf(name))
    this.sentinelIds = sentinels.length > 0 ? sentinels : lastOrdinaryIds(model)
  }

  encode(
    text: string,
    options: { readonly maxLength?: number | undefined; readonly addEos?: boolean } = {},
  ): Int32Array {
    refuseEncode(text, options)
    const { maxLength, addEos = true } = options
    const isCutAtEnd = this.#truncationSide === 'right' && maxLength !== undefined
    const ids = this.#cut(wellFormed(text), isCutAtEnd ? maxLength : Number.POSITIVE_INFINITY)
    const kept = ids.subarray(...keptSpan(ids.length, addEos ? 1 : 0, maxLength, this.#truncationSide))
    // A text that ends in </s> has its end.
    const result = new Int32Array(addEos && kept.at(-1) !== this.eosId ? kept.length + 1 : kept.length)
    result.set(kept)
    if (result.length > kept.length) result[kept.length] = this.eosId
    return result
  }

  decode(ids: ArrayLike<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    refuseDecode(ids, options)
    const text = this.#added.decode(ids, options.skipSpecialTokens ?? true, (names) => this.#textOf(names))
    return this.#cleanUp ? cleanUpSpaces(text) : text
  }

  /** @param limit how many ids are wanted: cutting may stop behind them */
  #cut(text: string, limit: number): Int32Array {
    const prepared = this.#prepared(text)
    const parts = this.#added.cut(prepared)
    if (this.#isPlain && parts.length === 1 && parts[0] === text && !this.#added.isAdded(text)) {
      return this.#pieces.encode(text, limit)
    }
    const tokens: number[] = []
    for (const part of parts) {
      if (tokens.length > limit) break
      if (this.#added.isAdded(part)) tokens.push(this.#tokens.indexOf(part))
      else this.#cutText(part, tokens, limit + 1)
    }
    // The space that was put in front of a text goes where a special token follows.
    const isLoneSpace = !this.#legacy && tokens.length > 1 && this.#tokens.name(tokens[0]!) === space
    if (isLoneSpace && this.#added.special.has(this.#tokens.name(tokens[1]!) ?? '')) tokens.shift()
    return Int32Array.from(tokens, (token) => this.#tokens.id(token))
  }

  /** Whether a text without added tokens has just SentencePiece's ids. */
  get #isPlain(): boolean {
    return this.#legacy && this.#tokens.areIds && !this.#pieces.givesNames
  }

  #prepared(text: string): string {
    if (this.#legacy || text === '') return text
    const plain = text.replaceAll(space, ' ')
    return this.#prefix ? space + plain : plain
  }

  #cutText(text: string, tokens: number[], limit: number): void {
    // The reference cuts a text that starts with a space behind an unknown token, so that the space is kept.
    const behindUnk = !this.#legacy && (text.startsWith(space) || text.startsWith(' '))
    const wanted = limit + (behindUnk ? this.#unkLength : 0)
    const found = this.#pieces.encode(behindUnk ? this.#unkToken + text : text, wanted)
    const from = behindUnk && found.length >= this.#unkLength ? this.#unkLength : 0
    for (let i = from; i < found.length; i++) tokens.push(found[i]!)
  }

  /** The text of pieces and special tokens, with a space before the text in front of a run of special ones. */
  #textOf(names: string[]): string {
    if (this.#prefix && names[0]!.startsWith(space)) names[0] = names[0]!.slice(1)
    let text = ''
    let stretch: string[] = []
    let afterSpecial = false
    for (const name of names) {
      if (!this.#added.special.has(name)) {
        stretch.push(name)
        afterSpecial = false
        continue
      }
      if (!afterSpecial) text += ' '
      text += this.#pieces.decodeNames(stretch) + name
      afterSpecial = true
      stretch = []
    }
    return trimPythonStart(trimPythonEnd(text + this.#pieces.decodeNames(stretch)))
  }
}

/**
 * What a text is cut into: the model's pieces by their ids, and behind them the added tokens. A token's id is looked up by
 * its text, added tokens first, so that a piece which is called like an added token has that one's id.
 */
class TokenTable {
  /** Texts of the added tokens. */
  readonly more: readonly string[]
  /** Whether a piece's id is its id in the model. */
  readonly areIds: boolean
  readonly #names: readonly string[]
  readonly #unknown: number
  readonly #moreIds: readonly number[]
  readonly #indices: ReadonlyMap<string, number>
  readonly #renamed = new Map<number, number>()

  constructor(model: SentencePieceModel, added: AddedTokens) {
    const entries = [...added.entries()]
    this.#names = model.names
    this.#unknown = model.types.indexOf(pieceType.unknown)
    this.more = entries.map(([content]) => content)
    this.#moreIds = entries.map(([, id]) => id)
    this.#indices = new Map(entries.map(([content], index) => [content, model.names.length + index]))
    model.names.forEach((name, piece) => {
      const id = added.addedId(name)
      if (id !== undefined && id !== piece && piece !== this.#unknown) this.#renamed.set(piece, id)
    })
    this.areIds = this.#renamed.size === 0
  }

  indexOf(content: string): number {
    return this.#indices.get(content)!
  }

  /** The token's text; undefined for unknown characters. */
  name(token: number): string | undefined {
    if (token === this.#unknown) return undefined
    return this.#names[token] ?? this.more[token - this.#names.length]
  }

  id(token: number): number {
    return this.#moreIds[token - this.#names.length] ?? this.#renamed.get(token) ?? token
  }
}

class Pieces implements BaseVocabulary {
  readonly size: number
  readonly ids: ReadonlyMap<string, number>
  readonly #names: readonly string[]

  constructor(model: SentencePieceModel) {
    this.#names = model.names
    this.size = model.names.length
    this.ids = new Map(model.names.map((name, id) => [name, id]))
  }

  name(id: number): string | undefined {
    return this.#names[id]
  }
}

/** The tokens that T5Tokenizer's constructor adds. */
function classTokens(model: SentencePieceModel, base: BaseVocabulary, settings: SlowSettings): ClassTokens {
  const inModel = sentinelTokens((name) => base.ids.get(name)).length
  const extraIds = settings.extraIds ?? (inModel > 0 ? 0 : standardExtraIds)
  const listed = settings.additional
  const standard = Array.from({ length: extraIds }, (_, n) => `<extra_id_${n}>`)
  const extraTokens =
    listed === undefined ? standard : listed.filter((token) => contentOf(token).includes('<extra_id_'))
  const added: [number, AddedToken][] = []
  for (let n = 0; n < new Set(extraTokens.map(contentOf)).size; n++) {
    const id = base.size - 1 + extraIds - n
    if (id >= 0) added.push([id, extraToken(n)])
  }
  return {
    special: namedTokens(model, settings),
    additional: listed === undefined || extraTokens.length > 0 ? (listed ?? standard) : [...listed, ...standard],
    added,
  }
}

function extraToken(n: number): AddedToken {
  return {
    content: `<extra_id_${n}>`,
    special: true,
    singleWord: false,
    lstrip: true,
    rstrip: true,
    normalized: false,
  }
}

function namedTokens(model: SentencePieceModel, settings: SlowSettings): Map<string, SpecialToken> {
  const named = new Map(settings.special)
  const standard = { eos_token: model.eosPiece, unk_token: model.unkPiece, pad_token: model.padPiece }
  for (const [name, content] of Object.entries(standard)) {
    const token = named.get(name) ?? content
    named.set(name, typeof token === 'string' ? plainSpecial(token) : token)
  }
  return named
}

function plainSpecial(content: string): AddedToken {
  return { content, special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false }
}

/** The last ids of a vocabulary without `<extra_id_N>`, from the highest down, special and byte pieces left alone. */
function lastOrdinaryIds(model: SentencePieceModel): number[] {
  const ids: number[] = []
  for (let id = model.pieces.length - 1; id >= 0 && ids.length < standardExtraIds; id--) {
    if (model.types[id] === pieceType.normal) ids.push(id)
  }
  return ids
}
