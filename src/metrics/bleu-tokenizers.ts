import { splitWords, strip } from './python-text.ts'
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
  zh: (text: string): string[] => splitWestern(strip(text).replace(chinese, ' $& ')),
  intl: splitInternational,
  char: (text: string): string[] => splitWords(text).flatMap((word) => [...word]),
  none: splitWords,
} as const

export function isBleuTokenizer(name: string): name is BleuTokenizer {
  return Object.hasOwn(bleuTokenizers, name)
}

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

// sacreBLEU writes its two ranges beyond U+FFFF as '\u20000' … '\u2a6d6' and '\u2f800' … '\u2fa1d', which Python reads
// as U+2000 followed by '0' and so on. Compared as strings they hold U+2001 … U+2A6D (dashes, quotes, arrows, …), and
// the ideographs above U+FFFF are not split at all. Scores only agree when both slips are kept.
const chinese =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g

const markAfterNonNumber = new RegExp(`([^${number}])([${punctuation}])`, 'gu')
const markBeforeNonNumber = new RegExp(`([${punctuation}])([^${number}])`, 'gu')
const anySymbol = new RegExp(`[${symbol}]`, 'gu')

function splitInternational(text: string): string[] {
  return splitWords(
    text.replace(markAfterNonNumber, '$1 $2 ').replace(markBeforeNonNumber, ' $1 $2').replace(anySymbol, ' $& '),
  )
}
