import { lower, stripEnd } from './python-text.ts'

export interface TercomOptions {
  /** Cut marks from words and resolve entities, as Tercom does. @default false */
  readonly normalized?: boolean
  /** Leave out punctuation. @default false */
  readonly noPunct?: boolean
  /** Both of the above also for East Asian characters and marks; nothing without one of them. @default false */
  readonly asianSupport?: boolean
  /** @default false */
  readonly caseSensitive?: boolean
}

/** A text as Tercom's tokenizer leaves it, in sacreBLEU 2.6.0: words with spaces between them. */
export function tercomText(text: string, { normalized, noPunct, asianSupport, caseSensitive }: TercomOptions): string {
  let line = stripEnd(text)
  if (!caseSensitive) line = lower(line)
  if (normalized) {
    line = westernText(line)
    if (asianSupport) line = asianText(line)
  }
  if (noPunct) {
    line = line.replace(/[.,?:;!"()]/g, '')
    if (asianSupport) line = line.replace(asianPunctuation, '')
  }
  return line
}

// Ideographs, strokes, radicals, compatibility characters and forms, enclosed letters.
const han = /[\u4e00-\u9fff\u3400-\u4dbf\u31c0-\u31ef\u2e80-\u2eff\u3200-\u33ff\uf900-\ufaff\ufe30-\ufe4f]/g
const asianPunctuation =
  /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g

function westernText(text: string): string {
  const line = text
    .replaceAll('\n-', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
  return ` ${line} `
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replaceAll("'s ", " 's ")
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ')
}

/**
 * Han characters stand alone. Kana stay together: Tercom's rules for them want the start of the line, where a space
 * stands by now.
 */
function asianText(text: string): string {
  return text.replace(han, ' $& ').replace(asianPunctuation, ' $& ')
}
