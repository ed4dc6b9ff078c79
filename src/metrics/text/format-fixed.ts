/**
 * A number with so many decimals, ties to the even digit as Python's `f'{x:.2f}'`; `toFixed` rounds them up.
 *
 * A tie needs a binary fraction that ends in 1/2^(decimals + 1), which makes it exact to test.
 */
export function formatFixed(x: number, decimals: number): string {
  const doubled = Math.abs(x) * 2 ** (decimals + 1)
  if (!Number.isInteger(doubled) || doubled % 2 === 0) return x.toFixed(decimals)
  const scaled = Math.abs(x) * 10 ** decimals
  const even = 2 * Math.round(scaled / 2)
  return `${x < 0 ? '-' : ''}${(even / 10 ** decimals).toFixed(decimals)}`
}
