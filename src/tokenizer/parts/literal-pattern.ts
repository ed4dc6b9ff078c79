/** The source of a regular expression, with the flag `u` or without, that matches a text as it is. */
export function literalPattern(text: string): string {
  // Outside of brackets a hyphen is no syntax, and with `u` may not be escaped.
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
}
