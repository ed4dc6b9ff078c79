export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** With n - 1 below; 0 of fewer than two values. */
export function variance(values: ArrayLike<number>): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2
  return squares / (values.length - 1)
}
