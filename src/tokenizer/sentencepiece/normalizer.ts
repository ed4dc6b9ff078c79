import { type ByteTrie, byteTrie, longestMatchEnd } from '../parts/byte-trie.ts'
import { plainAsciiBytes, RuleMatch, replacementEnd } from '../parts/precompiled-charsmap.ts'
import { ByteBuffer, utf8CharLength, utf8Encode } from '../parts/utf8.ts'
import type { SentencePieceNormalizerSpec } from './model.ts'

/** U+2581, which stands for a space inside pieces. */
export const spaceSymbol = utf8Encode('▁')

/** Whether the space symbol stands at `at`. */
export function isSpaceSymbol(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === spaceSymbol[0] && bytes[at + 1] === spaceSymbol[1] && bytes[at + 2] === spaceSymbol[2]
}

const space = 0x20
const replacementCharacter = utf8Encode('\ufffd')

/**
 * Normalises UTF-8 text as a SentencePiece model asks: the longest rule of the character map at each place, user-defined
 * pieces left alone, runs of spaces made one, a space put in front (or behind), spaces written as U+2581.
 *
 * Source: same bytes as `Normalizer::Normalize` in sentencepiece 0.2.3.
 */
export class SentencePieceNormalizer {
  /** The last normalised text. */
  readonly output = new ByteBuffer()
  readonly #spec: SentencePieceNormalizerSpec
  readonly #whitespaceIsSuffix: boolean
  readonly #userDefined: ByteTrie | undefined
  readonly #rule = new RuleMatch()
  /** 1 for bytes that stay as they are when an ASCII byte or the end follows. */
  readonly #plain: Uint8Array
  readonly #space: Uint8Array
  // What stands for the prefix that was looked at last: `#from[#start, #end)`, for `#consumed` bytes of the text.
  #from: Uint8Array = replacementCharacter
  #start = 0
  #end = 0
  #consumed = 0

  constructor(
    spec: SentencePieceNormalizerSpec,
    options: { whitespaceIsSuffix: boolean; userDefined: readonly Uint8Array[] },
  ) {
    this.#spec = spec
    this.#whitespaceIsSuffix = options.whitespaceIsSuffix
    this.#space = spec.escapeWhitespaces ? spaceSymbol : Uint8Array.of(space)
    this.#plain = plainAsciiBytes(spec.charsmap)
    this.#plain[space] = 0
    if (options.userDefined.length > 0) {
      this.#userDefined = byteTrie(
        options.userDefined,
        options.userDefined.map((_, index) => index),
      )
      for (const piece of options.userDefined) this.#plain[piece[0]!] = 0
    }
  }

  /** Normalises `bytes[0, size)` into `output`. */
  normalize(bytes: Uint8Array, size: number): void {
    const { output } = this
    const { addDummyPrefix, removeExtraWhitespaces } = this.#spec
    const plain = this.#plain
    output.length = 0
    let at = 0
    if (removeExtraWhitespaces) {
      while (at < size) {
        this.#look(bytes, at, size)
        if (this.#end - this.#start !== 1 || this.#from[this.#start] !== space) break
        at += this.#consumed
      }
    }
    if (at >= size) return
    output.reserve(size + 64)
    if (addDummyPrefix && !this.#whitespaceIsSuffix) this.#pushSpace()
    let afterSpace = removeExtraWhitespaces
    while (at < size) {
      const first = bytes[at]!
      if (plain[first] === 1 && (at + 1 === size || bytes[at + 1]! < 0x80)) {
        output.push(first)
        at++
        afterSpace = false
        continue
      }
      this.#look(bytes, at, size)
      const from = this.#from
      const end = this.#end
      let i = this.#start
      if (afterSpace) while (i < end && from[i] === space) i++
      if (i < end) {
        for (; i < end; i++) {
          const byte = from[i]!
          if (byte === space) this.#pushSpace()
          else output.push(byte)
        }
        afterSpace = removeExtraWhitespaces && from[end - 1] === space
      }
      at += this.#consumed
    }
    if (removeExtraWhitespaces) while (output.endsWith(this.#space)) output.length -= this.#space.length
    if (addDummyPrefix && this.#whitespaceIsSuffix) this.#pushSpace()
  }

  #pushSpace(): void {
    this.output.append(this.#space, 0, this.#space.length)
  }

  /** Finds what the text's next characters become. */
  #look(bytes: Uint8Array, at: number, size: number): void {
    const userDefined = this.#userDefined === undefined ? -1 : longestMatchEnd(this.#userDefined, bytes, at, size)
    if (userDefined > at) {
      this.#found(bytes, at, userDefined, userDefined - at)
      return
    }
    const { charsmap } = this.#spec
    const rule = this.#rule
    rule.length = 0
    if (charsmap !== undefined) rule.find(charsmap, bytes, at, size)
    if (charsmap !== undefined && rule.length > 0) {
      this.#found(charsmap.replacements, rule.value, replacementEnd(charsmap, rule.value), rule.length)
      return
    }
    const length = utf8CharLength(bytes, at, size)
    if (length === 0) this.#found(replacementCharacter, 0, replacementCharacter.length, 1)
    else this.#found(bytes, at, at + length, length)
  }

  #found(from: Uint8Array, start: number, end: number, consumed: number): void {
    this.#from = from
    this.#start = start
    this.#end = end
    this.#consumed = consumed
  }
}
