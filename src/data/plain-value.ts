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
