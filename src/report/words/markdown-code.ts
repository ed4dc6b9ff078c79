import { markdownText } from './markdown-text.ts'
import { quotedText } from './quoted-text.ts'

/**
 * A text as code in Markdown, in a table as well. One that could end its code, its cell or its line, or be read as a tag where
 * code is not known, is shown as text instead; one without letters in quotes.
 */
export function markdownCode(text: string): string {
  if (text.trim() === '') return `\`${quotedText(text)}\``
  return /[`<|\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.test(text) ? markdownText(text) : `\`${text}\``
}
