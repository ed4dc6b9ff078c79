/**
 * `JSON.parse` that keeps what other programs write: integers beyond 2^53 (identifiers) become bigints instead of
 * being rounded, and Python's `NaN`, `Infinity` and `-Infinity` are read.
 *
 * @throws {SyntaxError} as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  // Only a text with 16 digits in a row can hold an integer that a double cannot.
  if (/\d{16}/.test(text)) return parseMarked(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return parseMarked(text)
  }
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:Infinity|NaN|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+0001 is the mark, as no text begins with it
const markedNumber = /^\u{1}(-?(?:Infinity|NaN|\d{16,}))$/u

/** Turns the numbers that `JSON.parse` cannot keep into marked strings, and those back into numbers. */
function parseMarked(text: string): unknown {
  const marked = text.replace(stringOrNumber, (token) =>
    token[0] === '"' || /[.eE]/.test(token) || Number.isSafeInteger(Number(token)) ? token : `"\\u0001${token}"`,
  )
  return JSON.parse(marked, (_, value: unknown) => {
    if (typeof value !== 'string') return value
    const number = markedNumber.exec(value)?.[1]
    if (number === undefined) return value
    return /\d/.test(number) ? BigInt(number) : Number(number)
  })
}

/** A value as JSON: bigints as integers, dates as ISO texts, bytes as base64, NaN and infinities as null. */
export function stringifyJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null'
    case 'bigint':
      return value.toString()
    case 'object':
      return stringifyObject(value)
    default:
      return 'null'
  }
}

function stringifyObject(value: object | null): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : JSON.stringify(value.toISOString())
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${stringifyJson(inner)}`)
  return `{${members.join(',')}}`
}
