/**
 * Python's notions of white space and lower case, which the reference implementations rest on and which differ from
 * JavaScript's: `\s` here misses U+001C…U+001F and U+0085 and has U+FEFF too many, and a newer Unicode than
 * CPython 3.11's (14.0) lowers letters that the references leave alone.
 */

import { cased, caseIgnorable } from './unicode-classes.ts'

const spaces = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const words = new RegExp(`[^${spaces}]+`, 'g')
const leadingSpaces = new RegExp(`^[${spaces}]+`)
const space = new RegExp(`[${spaces}]`)

/** `text.split()` of Python. */
export function splitWords(text: string): string[] {
  return text.match(words) ?? []
}

/** `character.isspace()` of Python for one UTF-16 unit. */
export function isSpace(character: string): boolean {
  return space.test(character)
}

/** `text.rstrip()` of Python. */
export function stripEnd(text: string): string {
  let end = text.length
  while (end > 0 && space.test(text[end - 1]!)) end--
  return end === text.length ? text : text.slice(0, end)
}

/** `text.strip()` of Python. */
export function strip(text: string): string {
  return stripEnd(text).replace(leadingSpaces, '')
}

// Upper-case letters of Unicode 15 to 17, each with a lower-case partner.
const newerCapitals =
  '\\u1c89\\ua7cb\\ua7cc\\ua7ce\\ua7d2\\ua7d4\\ua7da\\ua7dc\\u{10d50}-\\u{10d65}\\u{16ea0}-\\u{16eb8}'
const newerCapital = new RegExp(`[${newerCapitals}]`, 'u')
const olderText = new RegExp(`[^${newerCapitals}]+`, 'gu')
const finalSigma = new RegExp(`(?<=[${cased}][${caseIgnorable}]*)Σ(?![${caseIgnorable}]*[${cased}])`, 'gu')

/** `text.lower()` of CPython 3.11 (Unicode 14.0). */
export function lower(text: string): string {
  // Decided here, as JavaScript's own rule looks at the neighbours with a newer Unicode.
  const settled = text.includes('Σ') ? text.replace(finalSigma, 'ς').replaceAll('Σ', 'σ') : text
  if (!newerCapital.test(settled)) return settled.toLowerCase()
  return settled.replace(olderText, (part) => part.toLowerCase())
}
