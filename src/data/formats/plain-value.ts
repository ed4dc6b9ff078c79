/**
 * Makes a value of a columnar file an ordinary one: integers that a double holds exactly become numbers (others stay
 * bigints), typed arrays of numbers and lists become arrays, absent values null. Dates and bytes stay what they are.
 */
export function plainValue(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return null
    case 'bigint':
      return plainInteger(value)
    case 'object':
      break
    default:
      return value
  }
  if (value === null || value instanceof Date || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plainValue)
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plainValue)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]))
}

/** A number where it is exact, else the bigint. */
export function plainInteger(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** The double nearest to a decimal, which is an integer with its point `scale` digits from the right. */
export function decimalNumber(integer: bigint, scale: number): number {
  return Number(`${integer}e${-scale}`)
}

/** A time of day as ISO 8601 has it: `09:05:00`, `09:05:00.250000`. */
export function timeText(value: number | bigint, unitsPerSecond: number): string {
  const units = BigInt(unitsPerSecond)
  const whole = BigInt(value) / units
  const rest = BigInt(value) % units
  const two = (part: bigint): string => String(part).padStart(2, '0')
  const text = `${two(whole / 3600n)}:${two((whole / 60n) % 60n)}:${two(whole % 60n)}`
  if (rest === 0n) return text
  const digits = String(rest).padStart(String(units).length - 1, '0')
  // Microseconds are what Python prints; finer units keep their digits.
  return `${text}.${digits.padEnd(6, '0')}`
}
