/** A size such as `6GB` or `5.5 GiB`, and not 0. */
export const memorySizePattern = /^\s*(?=[\d.]*[1-9])(\d+(?:\.\d+)?)\s*([KMGT]i?)B\s*$/iu

export const memorySizeWords = 'a size such as "6GB" or "2.5GiB"'

/** The bytes of a size, at least one; `undefined` where it is none. */
export function memoryBytes(text: string): number | undefined {
  const [, number, unit] = memorySizePattern.exec(text) ?? []
  if (number === undefined || unit === undefined) return undefined
  const base = unit.length === 2 ? 1024 : 1000
  const bytes = Number(number) * base ** (1 + 'KMGT'.indexOf(unit[0]!.toUpperCase()))
  return bytes >= 1 ? Math.floor(bytes) : undefined
}
