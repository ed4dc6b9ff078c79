import { graphemeEnd } from './graphemes.ts'
import { type PrecompiledCharsmap, replacementEnd, shortestRule } from './precompiled-charsmap.ts'
import { utf8Decode } from './utf8.ts'

/**
 * Applies a compiled character map the way the tokenizers library does, which is not SentencePiece's way: a grapheme
 * cluster of fewer than six bytes is replaced as a whole by the first rule that fits its beginning, and any other
 * cluster character by character.
 *
 * Source: same text as the `Precompiled` normalizer in tokenizers 0.22 and `transform` in spm_precompiled.
 */
export function precompiledNormalizer(map: PrecompiledCharsmap): (text: string) => string {
  const scratch = new Uint8Array(8)
  const encoder = new TextEncoder()
  const ruleFor = (chunk: string): string | undefined => {
    const start = shortestRule(map, scratch, encoder.encodeInto(chunk, scratch).written)
    return start === -1 ? undefined : utf8Decode(map.replacements.subarray(start, replacementEnd(map, start)))
  }
  const ascii = Array.from({ length: 128 }, (_, code) => ruleFor(String.fromCharCode(code)))
  const known = new Map<number, string | undefined>()
  const ruleForChar = (code: number): string | undefined => {
    if (code < 0x80) return ascii[code]
    let rule = known.get(code)
    if (rule === undefined && !known.has(code)) {
      rule = ruleFor(String.fromCodePoint(code))
      known.set(code, rule)
    }
    return rule
  }
  return (text) => {
    let result = ''
    let copied = 0
    const put = (replacement: string | undefined, from: number, to: number): void => {
      if (replacement === undefined) return
      result += text.slice(copied, from) + replacement
      copied = to
    }
    for (let at = 0; at < text.length; ) {
      const unit = text.charCodeAt(at)
      const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0
      if (unit < 0x80 && next < 0x80 && !(unit === carriageReturn && next === lineFeed)) {
        put(ascii[unit], at, at + 1)
        at++
        continue
      }
      const end = graphemeEnd(text, at)
      const code = text.codePointAt(at)!
      const isOneChar = end - at === (code > 0xffff ? 2 : 1)
      if (!isOneChar && utf8Size(text, at, end) < wholeClusterBytes) {
        const rule = ruleFor(text.slice(at, end))
        if (rule !== undefined) {
          put(rule, at, end)
          at = end
          continue
        }
      }
      while (at < end) {
        const char = text.codePointAt(at)!
        const charEnd = at + (char > 0xffff ? 2 : 1)
        put(ruleForChar(char), at, charEnd)
        at = charEnd
      }
    }
    return copied === 0 ? text : result + text.slice(copied)
  }
}

const carriageReturn = 0x0d
const lineFeed = 0x0a
const wholeClusterBytes = 6

/** UTF-8 bytes of `text[from, to)`, counted up to `wholeClusterBytes`. */
function utf8Size(text: string, from: number, to: number): number {
  let size = 0
  for (let i = from; i < to && size < wholeClusterBytes; i++) {
    const unit = text.charCodeAt(i)
    // Each half of a surrogate pair counts two of its character's four bytes.
    size += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3
  }
  return size
}
