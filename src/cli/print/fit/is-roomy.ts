import stringWidth from 'string-width'

/** Whether a table fits with its first column whole, or two fifths of the width for it. */
export function isRoomy(rows: readonly (readonly string[])[], width: number): boolean {
  const [first = 0, ...others] = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => stringWidth(row[column]!))),
  )
  const room = width - others.reduce((sum, one) => sum + one + 2, 0)
  return room >= Math.min(first, Math.ceil(0.4 * width))
}
