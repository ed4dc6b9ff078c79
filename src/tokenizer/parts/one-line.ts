import { wellFormed } from './utf8.ts'

/** A text that may hold anything, fit for a message: on one line and cut to `longest` characters. */
export function onOneLine(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ')
  return line.length > longest ? `${wellFormed(line.slice(0, longest))}…` : line
}
