/**
 * The float64 that the tokenizers library makes of a score. Its JSON reader takes the digits as one integer and divides by
 * a power of ten, which rounds twice and is off by one bit for a fifth of all scores; where two segmentations tie but for
 * rounding, that bit decides.
 *
 * @param score the correctly rounded value; the file is taken to hold its shortest digits, as every JSON writer puts them
 * Source: `f64_from_parts` in serde_json without its feature `float_roundtrip`.
 */
export function serdeFloat(score: number): number {
  const parts = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(Math.abs(score)))
  if (parts === null) return score
  const [, whole, fraction = '', exponent = '0'] = parts
  let value = Number(whole! + fraction)
  let power = Number(exponent) - fraction.length
  while (power < -308) {
    value /= 1e308
    power += 308
  }
  const scale = powersOfTen[Math.abs(power)]!
  value = power < 0 ? value / scale : value * scale
  return score < 0 ? -value : value
}

// Not `10 ** n`, which is not exact for every n.
const powersOfTen = Array.from({ length: 309 }, (_, power) => Number(`1e${power}`))
