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
  return p < 0.001 ? 'p < 0.001' : `p = ${bareP(p)}`
}

/** As {@link formatP} without its name; a p just below 0.05, where verdicts turn, is never rounded up to it. */
export function bareP(p: number): string {
  if (p < 0.001) return '< 0.001'
  return p < 0.05 && p >= 0.0495 ? (Math.floor(p * 1e4) / 1e4).toFixed(4) : p.toFixed(3)
}

/** What a study would have shown: a difference, that it is larger than the score can differ, or that nothing tells. */
export function formatDetectable(difference: number, best: number): string {
  return difference > best ? `> ${best}` : formatScore(difference, best)
}

/**
 * A study's power in words.
 *
 * @param detectable no number where no score varied
 * @param from what is said of a difference
 */
export function detectableWords(
  detectable: number,
  best: number,
  words: { readonly none: string; readonly from: (difference: string) => string },
): string {
  if (Number.isNaN(detectable)) return 'no score varies, so that nothing tells what would have shown'
  return detectable > best ? words.none : words.from(formatScore(detectable, best))
}

export function formatMinutes(minutes: number): string {
  return minutes.toFixed(minutes < 10 ? 2 : 1)
}
