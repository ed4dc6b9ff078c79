import { isSpace, splitWords, strip } from './python-text.ts'
import { number, punctuation, symbol } from './unicode-classes.ts'

/** sacreBLEU's names of its tokenizers; `spm`, `ja-mecab`, `ko-mecab` and the like need models and are not here. */
export type BleuTokenizer = keyof typeof bleuTokenizers

/**
 * Text to tokens, by sacreBLEU 2.x's names. Every tokenizer gets text without white space at its end.
 *
 * - `13a`: mteval-v13a, for languages with spaces between words
 * - `zh`: each Chinese character a token, the rest as in `13a`
 * - `intl`: mteval-v14, splits at every Unicode punctuation mark and symbol
 * - `char`: each character a token
 * - `none`: words as they stand between white space
 *
 * Source: sacreBLEU's tokenizer_13a, tokenizer_zh, tokenizer_intl and tokenizer_char (goldens: bleu.json).
 */
export const bleuTokenizers = {
  '13a': (text: string): string[] => splitWestern(` ${unescapeEntities(text)} `),
  zh: splitChinese,
  intl: splitInternational,
  char: (text: string): string[] => splitWords(text).flatMap((word) => [...word]),
  none: splitWords,
} as const

function unescapeEntities(text: string): string {
  const line = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ')
  if (!line.includes('&')) return line
  return line.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
}

const asciiPunctuation = /[{-~[-` -&(-+:-@/]/g
const stopAfterNonDigit = /([^0-9])([.,])/g
const stopBeforeNonDigit = /([.,])([^0-9])/g
const dashAfterDigit = /([0-9])(-)/g

function splitWestern(text: string): string[] {
  return splitWords(
    text
      .replace(asciiPunctuation, ' $& ')
      .replace(stopAfterNonDigit, '$1 $2 ')
      .replace(stopBeforeNonDigit, ' $1 $2')
      .replace(dashAfterDigit, '$1 $2 '),
  )
}

function splitChinese(text: string): string[] {
  const line = strip(text)
  const tokens: string[] = []
  // Each Chinese character stands between spaces, so the text before it is split by itself.
  let start = 0
  const splitUpTo = (end: number) => {
    if (end === start) return
    const before = start > 0 ? ' ' : ''
    const after = end < line.length ? ' ' : ''
    for (const token of splitWestern(before + line.slice(start, end) + after)) tokens.push(token)
  }
  for (let i = 0; i < line.length; i++) {
    if (chinese[line.charCodeAt(i)] === 0) continue
    splitUpTo(i)
    // Some spaces are in the ranges too.
    if (!isSpace(line[i]!)) tokens.push(line[i]!)
    start = i + 1
  }
  splitUpTo(line.length)
  return tokens
}

// sacreBLEU writes its two ranges beyond U+FFFF as '\u20000' … '\u2a6d6' and '\u2f800' … '\u2fa1d', which Python reads
// as U+2000 followed by '0' and so on. Compared as strings they hold U+2001 … U+2A6D (dashes, quotes, arrows, …), and
// the ideographs above U+FFFF are not split at all. Scores only agree when both slips are kept.
const chineseRanges = [
  [0x2001, 0x2a6d],
  [0x2e80, 0x2fdf],
  [0x2ff0, 0x303f],
  [0x3100, 0x312f],
  [0x31a0, 0x31ef],
  [0x3200, 0x4db5],
  [0x4e00, 0x9fbb],
  [0xf900, 0xfa2d],
  [0xfa30, 0xfa6a],
  [0xfa70, 0xfad9],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe4f],
  [0xff00, 0xffef],
] as const
const chinese = new Uint8Array(0x10000)
for (const [first, last] of chineseRanges) chinese.fill(1, first, last + 1)

const markAfterNonNumber = new RegExp(`([^${number}])([${punctuation}])`, 'gu')
const markBeforeNonNumber = new RegExp(`([${punctuation}])([^${number}])`, 'gu')
const anySymbol = new RegExp(`[${symbol}]`, 'gu')

function splitInternational(text: string): string[] {
  return splitWords(
    text.replace(markAfterNonNumber, '$1 $2 ').replace(markBeforeNonNumber, ' $1 $2').replace(anySymbol, ' $& '),
  )
}
