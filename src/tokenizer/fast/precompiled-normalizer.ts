import { graphemeEnd } from '../parts/graphemes.ts'
import { type PrecompiledCharsmap, replacementEnd, shortestRule } from '../parts/precompiled-charsmap.ts'
import { utf8Decode } from '../parts/utf8.ts'
import type { TextNormalizer } from './normalized-text.ts'

/**
 * Applies a compiled character map the way the tokenizers library does, which is not SentencePiece's way: a grapheme
 * cluster of fewer than six bytes is replaced as a whole by the first rule that fits its beginning, and any other
 * cluster character by character.
 *
 * Source: same text as the `Precompiled` normalizer in tokenizers 0.22 and `transform` in spm_precompiled.
 */
export function precompiledNormalizer(map: PrecompiledCharsmap): TextNormalizer {
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
  /** The rule for a cluster as a whole, when it has several characters and is short enough. */
  const ruleForCluster = (text: string, at: number, end: number): string | undefined =>
    end - at === unitsAt(text, at) || utf8Size(text, at, end) >= wholeClusterBytes
      ? undefined
      : ruleFor(text.slice(at, end))

  const normalize = (text: string): string => {
    let result = ''
    let copied = 0
    for (let at = 0; at < text.length; ) {
      const unit = text.charCodeAt(at)
      const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0
      const isAscii = unit < 0x80 && next < 0x80 && !(unit === carriageReturn && next === lineFeed)
      if (isAscii && ascii[unit] === undefined) {
        at++
        continue
      }
      const end = isAscii ? at + 1 : graphemeEnd(text, at)
      const whole = isAscii ? ascii[unit] : ruleForCluster(text, at, end)
      if (whole !== undefined) {
        result += text.slice(copied, at) + whole
        copied = at = end
        continue
      }
      while (at < end) {
        const charEnd = at + unitsAt(text, at)
        const rule = ruleForChar(text.codePointAt(at)!)
        if (rule !== undefined) {
          result += text.slice(copied, at) + rule
          copied = charEnd
        }
        at = charEnd
      }
    }
    return copied === 0 ? text : result + text.slice(copied)
  }

  /**
   * Units of the normalised text that come from the first character: the library aligns the first cluster that leaves
   * anything with the text's first characters. All of what one character became comes from it; of a longer cluster,
   * character stands for character.
   */
  const unitsFromFirst = (text: string): number => {
    for (let at = 0; at < text.length; ) {
      const end = graphemeEnd(text, at)
      const whole = ruleForCluster(text, at, end)
      if (whole !== undefined && whole !== '') return unitsAt(whole, 0)
      for (; whole === undefined && at < end; at += unitsAt(text, at)) {
        const code = text.codePointAt(at)!
        const became = ruleForChar(code) ?? String.fromCodePoint(code)
        if (became !== '') return became.length
      }
      at = end
    }
    return 0
  }

  return ({ text, fromFirst }) => ({ text: normalize(text), fromFirst: fromFirst > 0 ? unitsFromFirst(text) : 0 })
}

function unitsAt(text: string, at: number): number {
  return text.codePointAt(at)! > 0xffff ? 2 : 1
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
