import { cleanUpSpaces } from '../parts/clean-up.ts'
import { refuseDecode, refuseEncode } from '../parts/refuse-call.ts'
import { sentinelTokens } from '../parts/sentinels.ts'
import { keptSpan, type TruncationSide } from '../parts/truncation.ts'
import { ByteBuffer, utf8CharLength, utf8Encode, wellFormed } from '../parts/utf8.ts'
import { AddedTokens, type BaseVocabulary, type ClassTokens } from '../slow/added-tokens.ts'
import { contentOf, type SlowSettings, type SpecialToken } from '../slow/slow-settings.ts'
import type { AddedToken, Tokenizer } from '../tokenizer.ts'

/** Ids of bytes come behind `<pad>`, `</s>` and `<unk>`. */
const offset = 3
const bytes = 256
const standardExtraIds = 125

/**
 * Makes the tokenizer of ByT5, whose tokens are a text's UTF-8 bytes + 3, with added tokens from the files of a folder.
 *
 * Source: transformers 4.57 (`ByT5Tokenizer`).
 */
export function byt5Tokenizer(settings: SlowSettings = {}): Tokenizer {
  return new ByT5Tokenizer(settings)
}

class ByT5Tokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly padId: number
  readonly eosId: number
  readonly unkId: number
  readonly sentinelIds: readonly number[]
  readonly #added: AddedTokens
  /** Ids of bytes: an added token of one character takes the place of the byte of that number. */
  readonly #byteIds: Int32Array
  readonly #cleanUp: boolean
  readonly #truncationSide: TruncationSide

  constructor(settings: SlowSettings) {
    const tokens = classTokens(settings)
    this.#added = new AddedTokens(new ByteVocabulary(), tokens, settings)
    const idOf = (name: string): number => this.#added.idOf(contentOf(tokens.special.get(name)!))!
    this.padId = idOf('pad_token')
    this.eosId = idOf('eos_token')
    this.unkId = idOf('unk_token')
    this.vocabSize = Math.max(this.#added.size, bytes + offset)
    this.#byteIds = Int32Array.from({ length: bytes }, (_, byte) => this.#added.idOf(String.fromCharCode(byte))!)
    const sentinels = sentinelTokens((name) => this.#added.idOf(name))
    this.sentinelIds = sentinels.length > 0 ? sentinels : lastBytes()
    this.#cleanUp = settings.cleanUpSpaces ?? false
    this.#truncationSide = settings.truncationSide ?? 'right'
  }

  encode(
    text: string,
    options: { readonly maxLength?: number | undefined; readonly addEos?: boolean } = {},
  ): Int32Array {
    refuseEncode(text, options)
    const { maxLength, addEos = true } = options
    const ids: number[] = []
    for (const part of this.#added.cut(wellFormed(text))) {
      if (this.#added.isAdded(part)) ids.push(this.#added.addedId(part)!)
      else for (const byte of utf8Encode(part)) ids.push(this.#byteIds[byte]!)
    }
    const kept = ids.slice(...keptSpan(ids.length, addEos ? 1 : 0, maxLength, this.#truncationSide))
    // A text that ends in </s> has its end.
    if (addEos && kept.at(-1) !== this.eosId) kept.push(this.eosId)
    return Int32Array.from(kept)
  }

  decode(ids: ArrayLike<number>, options: { readonly skipSpecialTokens?: boolean } = {}): string {
    refuseDecode(ids, options)
    const text = this.#added.decode(ids, options.skipSpecialTokens ?? true, (names) => this.#textOf(names))
    return this.#cleanUp ? cleanUpSpaces(text) : text
  }

  /** Text of bytes and special tokens; bytes that belong to no UTF-8 character are left out. */
  #textOf(names: readonly string[]): string {
    const spelled = new ByteBuffer()
    for (const name of names) {
      if (this.#added.addedId(name) === undefined) spelled.push(name.charCodeAt(0))
      else spelled.appendText(name)
    }
    const kept = new ByteBuffer()
    for (let at = 0; at < spelled.length; ) {
      const size = utf8CharLength(spelled.bytes, at, spelled.length)
      kept.append(spelled.bytes, at, at + size)
      at += size || 1
    }
    return kept.toString()
  }
}

class ByteVocabulary implements BaseVocabulary {
  readonly size = bytes
  readonly ids: ReadonlyMap<string, number> = new Map(
    Array.from({ length: bytes }, (_, byte) => [String.fromCharCode(byte), byte + offset]),
  )

  name(id: number): string | undefined {
    const byte = id - offset
    return Number.isInteger(byte) && byte >= 0 && byte < bytes ? String.fromCharCode(byte) : undefined
  }
}

/** The tokens that ByT5Tokenizer's constructor adds. */
function classTokens(settings: SlowSettings): ClassTokens {
  const named = new Map<string, SpecialToken>(settings.special)
  const standard = { pad_token: '<pad>', eos_token: '</s>', unk_token: '<unk>' }
  const added: [number, AddedToken][] = []
  for (const [name, content] of Object.entries(standard)) {
    const token = named.get(name) ?? content
    const flagged = typeof token === 'string' ? strippingToken(token) : token
    named.set(name, flagged)
    added.push([added.length, flagged])
  }
  const extraIds = settings.extraIds ?? standardExtraIds
  const extra = Array.from({ length: extraIds }, (_, n) => `<extra_id_${n}>`)
  return { special: named, additional: settings.additional ?? extra, added }
}

/** Takes the white space on both sides, as ByT5's special tokens always did. */
function strippingToken(content: string): AddedToken {
  return { content, special: false, singleWord: false, lstrip: true, rstrip: true, normalized: true }
}

/** The ids of the last bytes, which no UTF-8 text has. */
function lastBytes(): number[] {
  return Array.from({ length: 11 }, (_, n) => bytes + offset - 1 - n)
}
