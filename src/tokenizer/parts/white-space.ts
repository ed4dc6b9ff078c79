/** Unicode's White_Space characters for a character class; JavaScript's `\s` has U+FEFF and lacks U+0085. */
export const whiteSpace = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** Whether a UTF-16 unit is a White_Space character; all of them are single units. */
export function isWhiteSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d)
  if (unit < 0x1680) return unit === 0x85 || unit === 0xa0
  if (unit < 0x2000) return unit === 0x1680
  return unit <= 0x200a || unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000
}

/** The text without the white space at its start, as Python's `lstrip` takes it. */
export function trimPythonStart(text: string): string {
  let start = 0
  while (start < text.length && isPythonSpace(text.charCodeAt(start))) start++
  return text.slice(start)
}

/** The text without the white space at its end, as Python's `rstrip` takes it. */
export function trimPythonEnd(text: string): string {
  let end = text.length
  while (end > 0 && isPythonSpace(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

function isPythonSpace(unit: number): boolean {
  return isWhiteSpace(unit) || (unit >= 0x1c && unit <= 0x1f)
}
