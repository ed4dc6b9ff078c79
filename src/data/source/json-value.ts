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

/** A text with the colon behind it if it is a field's name, or a number. */
const stringOrNumber = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|-?(?:Infinity|NaN|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+0001 is the mark, and is doubled in texts that begin with it
const markedNumber = /^\u{1}(-?(?:Infinity|NaN|\d{16,}))$/u

/** Turns the numbers that `JSON.parse` cannot keep into marked strings, and those back into numbers. */
function parseMarked(text: string): unknown {
  const marked = text.replace(stringOrNumber, (token: string, string?: string, colon?: string) => {
    if (string !== undefined) {
      return colon === undefined && string.startsWith('"\\u0001') ? `"\\u0001${token.slice(1)}` : token
    }
    return /[.eE]/.test(token) || Number.isSafeInteger(Number(token)) ? token : `"\\u0001${token}"`
  })
  return JSON.parse(marked, (_, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith('\u0001')) return value
    const number = markedNumber.exec(value)?.[1]
    if (number === undefined) return value.slice(1)
    return /\d/.test(number) ? BigInt(number) : Number(number)
  })
}

/** A value as JSON: bigints as integers, doubles beyond 2^53 with a point, dates as ISO texts, bytes as base64, NaN and infinities as null. */
export function stringifyJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      return Number.isFinite(value) ? numberText(value) : 'null'
    case 'bigint':
      return value.toString()
    case 'object':
      return stringifyObject(value)
    default:
      return 'null'
  }
}

/** A double beyond 2^53 is told from an integer of any size by its point. */
function numberText(value: number): string {
  const text = String(value)
  return Number.isSafeInteger(value) || /[.e]/.test(text) ? text : `${text}.0`
}

function stringifyObject(value: object | null): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : JSON.stringify(value.toISOString())
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${stringifyJson(inner)}`)
  return `{${members.join(',')}}`
}
