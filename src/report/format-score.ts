/** Two decimals for scores up to 100, four for shares of 1, as the field prints them. */
export function formatScore(value: number, best: number): string {
  if (!Number.isFinite(value)) return '–'
  return value.toFixed(best === 1 ? 4 : 2)
}
