import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'
import { markedStyles, visibleControls, writtenStyles } from '../own-styles.ts'

/** A line as lines of at most so many columns, broken between words; those after the first are indented as its text is. */
export function wrapLine(text: string, width: number): string[] {
  const line = visibleControls(text)
  if (stringWidth(line) <= width) return [line]
  const [indent] = /^\s*(?:- )?/u.exec(line)!
  const lines = wrapWords(line.slice(indent.length), Math.max(1, width - indent.length))
  return lines.map((text, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + text)
}

/** A text as lines of at most so many columns; a word that is longer by itself stays whole. */
export function wrapWords(text: string, width: number): string[] {
  return markedStyles(wrapAnsi(writtenStyles(text), width, { hard: false })).split('\n')
}
