/** Two decimals for scores up to 100, four for shares of 1, as the field prints them. */
export function formatScore(value: number, best: number): string {
  if (!Number.isFinite(value)) return '–'
  return value.toFixed(best === 1 ? 4 : 2)
}

/** With its sign: `+1.20`. */
export function formatDifference(value: number, best: number): string {
  return `${value < 0 ? '-' : '+'}${formatScore(Math.abs(value), best)}`
}

/** `p < 0.001`, `p = 0.021` */
export function formatP(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`
}

export function formatMinutes(minutes: number): string {
  return minutes.toFixed(minutes < 10 ? 2 : 1)
}
