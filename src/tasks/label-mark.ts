const yes = new Set(['true', 'yes', 't', 'y'])
const no = new Set(['false', 'no', 'f', 'n', '', 'nan', 'null', 'none'])

/**
 * Reads the cell of a column that stands for one label: 1 or 0 in any spelling of a number, true or false, yes or no (or
 * their first letters), whatever the letter case; an empty or absent cell means no.
 *
 * @returns `undefined` for any other value
 */
export function labelMark(value: unknown): boolean | undefined {
  if (value === null || value === undefined) return false
  if (typeof value === 'boolean') return value
  const text = String(value).trim().toLowerCase()
  if (yes.has(text)) return true
  if (no.has(text)) return false
  const number = Number(text)
  return number === 1 ? true : number === 0 ? false : undefined
}
