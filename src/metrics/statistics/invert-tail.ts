/**
 * The quantile of a distribution that is symmetric about 0, found by halving an interval until no number lies between.
 *
 * @param tail P(X > x), falling, for x ≥ 0
 * @param p strictly between 0 and 1
 */
export function invertTail(tail: (x: number) => number, p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Cannot take the quantile of probability ${p}`)
  if (p < 0.5) return -positiveQuantile(tail, p)
  return p === 0.5 ? 0 : positiveQuantile(tail, 1 - p)
}

function positiveQuantile(tail: (x: number) => number, q: number): number {
  let low = 0
  let high = 1
  while (tail(high) > q) {
    low = high
    high *= 2
  }
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (tail(middle) > q) low = middle
    else high = middle
  }
}
