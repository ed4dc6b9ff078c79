/**
 * The regularised incomplete beta function I_x(a, b), on which the t and the binomial distribution rest.
 *
 *   I_x(a, b) = 1/B(a, b) · ∫₀ˣ tᵃ⁻¹ (1 - t)ᵇ⁻¹ dt
 *
 * Relative error below 1e-12 in the lower tail for a and b up to 10⁶ (swap x and y, a and b for the upper one).
 *
 * @param x in [0, 1]
 * @param y 1 - x; given apart, as 1 - x loses the digits of a small y
 * @param a above 0
 * @param b above 0
 * Source: continued fraction DLMF 8.17.22, evaluated by Lentz's method.
 */
export function incompleteBeta(x: number, a: number, b: number, y = 1 - x): number {
  if (!(x >= 0 && y >= 0 && a > 0 && b > 0)) throw new RangeError(`Cannot take I_${x}(${a}, ${b})`)
  if (x === 0) return 0
  if (y === 0) return 1
  // The fraction converges fast below the mean; above it the symmetry I_x(a, b) = 1 - I_(1-x)(b, a) leads there.
  if (x > (a + 1) / (a + b + 2)) return 1 - lowerPart(y, x, b, a)
  return lowerPart(x, y, a, b)
}

function lowerPart(x: number, y: number, a: number, b: number): number {
  return (powersOverBeta(x, y, a, b) / a) * continuedFraction(x, a, b)
}

const tiny = 1e-300

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  // Takes about √max(a, b) rounds.
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const factor = d * c
    fraction *= factor
    if (Math.abs(factor - 1) < 3e-16) break
  }
  return fraction
}

function nonZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

/**
 * xᵃ yᵇ / B(a, b).
 *
 * With Stirling's formula the large terms cancel on paper rather than in floating point:
 * √(ab / 2π(a + b)) · exp(-a·dev(x / p) - b·dev(y / q) + δ(a + b) - δ(a) - δ(b)), p = a / (a + b), q = b / (a + b).
 */
function powersOverBeta(x: number, y: number, a: number, b: number): number {
  const n = a + b
  const exponent = a * logRatio(x, y, a, b) + b * logRatio(y, x, b, a)
  const correction = stirlingRemainder(n) - stirlingRemainder(a) - stirlingRemainder(b)
  return Math.sqrt((a / n) * (b / (2 * Math.PI))) * Math.exp(exponent + correction)
}

/** log(x / p) for p = a / (a + b), also where x is close to p. */
function logRatio(x: number, y: number, a: number, b: number): number {
  const excess = (x * b - y * a) / a
  return Math.abs(excess) < 0.5 ? Math.log1p(excess) : Math.log((x * (a + b)) / a)
}

/** δ(z) = log Γ(z) - (z - ½) log z + z - ½ log 2π. */
function stirlingRemainder(z: number): number {
  // Γ(z + 1) = z Γ(z) leads up to where the series has full accuracy.
  let shift = 0
  let at = z
  while (at < 12) {
    shift += (at + 0.5) * Math.log1p(1 / at) - 1
    at++
  }
  const w = 1 / (at * at)
  const series =
    1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * (691 / 360360 - w * (1 / 156))))))
  return shift + series / at
}
