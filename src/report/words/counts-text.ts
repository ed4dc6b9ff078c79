/** Counts of like things: `3`, `2 to 4`. */
export function countsText(counts: readonly number[]): string {
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  return fewest === most ? String(most) : `${fewest} to ${most}`
}
