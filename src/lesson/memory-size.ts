/** A size such as `6GB` or `5.5 GiB`, and not 0. */
export const memorySizePattern = /^\s*(?=[\d.]*[1-9])(\d+(?:\.\d+)?)\s*([KMGT]i?)B\s*$/iu

export const memorySizeWords = 'a size such as "6GB" or "2.5GiB"'

/** The bytes of a size, at least one; `undefined` where it is none. */
export function memoryBytes(text: string): number | undefined {
  const [, number, unit] = memorySizePattern.exec(text) ?? []
  if (number === undefined || unit === undefined) return undefined
  const base = unit.length === 2 ? 1024 : 1000
  const bytes = Number(number) * base ** (1 + 'KMGT'.indexOf(unit[0]!.toUpperCase()))
  // 0.357 of a thousand million is a whole number of bytes, if not in binary.
  return bytes >= 1 ? Math.round(bytes) : undefined
}

/** A size in the largest unit of its kind that it fills: `500MB` for `0.5 gb`, `1.5GiB` for `1536MiB`. */
export function usualSize(text: string): string {
  const bytes = memoryBytes(text)
  if (bytes === undefined) return text
  const [base, ending] = /iB\s*$/iu.test(text) ? [1024, 'iB'] : [1000, 'B']
  const power = [4, 3, 2].find((one) => bytes >= base ** one) ?? 1
  return `${bytes / base ** power}${'KMGT'[power - 1]}${ending}`
}
