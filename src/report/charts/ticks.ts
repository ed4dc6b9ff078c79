/** Numbers and texts of an axis's marks. */
export interface Ticks {
  readonly values: readonly number[]
  readonly labels: readonly string[]
}

/**
 * Round numbers between two ends: steps of 1, 2 or 5 times a power of ten.
 *
 * @param wanted about how many; never more than twice so many
 */
export function linearTicks(low: number, high: number, wanted: number): Ticks {
  if (areSame(low, high)) return { values: [low], labels: [formatTick(low)] }
  const step = niceStep((high - low) / Math.max(1, wanted))
  const values: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step)
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  return { values, labels: values.map((value) => formatTick(value, decimals)) }
}

/** Powers of ten, with simple multiples of them where there is room; round numbers where the ends are too near each other. */
export function logTicks(low: number, high: number, wanted: number): Ticks {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)]
  const decades = Math.log10(high) - Math.log10(low)
  const factors = decades * 5 <= wanted ? [1, 1.5, 2, 3, 5, 7] : decades * 1.5 <= wanted ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil(decades / Math.max(1, wanted)))
  const values: number[] = []
  for (let decade = first; decade <= last; decade += every) {
    for (const factor of factors) {
      // Written as a literal, so that 1e-4 is 0.0001 and no number beside it.
      const value = Number(`${factor}e${decade}`)
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) values.push(value)
    }
  }
  return values.length < 2
    ? linearTicks(low, high, wanted)
    : { values, labels: values.map((value) => formatTick(value)) }
}

/** Ends widened to the next marks, so that lines do not touch the frame. */
export function niceEnds(low: number, high: number, wanted: number): readonly [number, number] {
  if (areSame(low, high)) {
    if (low === 0) return [0, 1]
    const pad = Math.abs(low) * 0.1
    return niceEnds(low - pad, high + pad, wanted)
  }
  const step = niceStep((high - low) / Math.max(1, wanted))
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step]
}

/** `20,000`, `0.25`, `1e-4`: as short as it is clear. */
export function formatTick(value: number, decimals?: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e7 || (decimals === undefined ? size < 0.01 : decimals > 4)) return shortExponent(value)
  const text = decimals === undefined ? String(Number(value.toPrecision(12))) : value.toFixed(Math.min(decimals, 10))
  const [whole, fraction] = text.split('.') as [string, string | undefined]
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/gu, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** `2e-4`, `1.5e6` */
function shortExponent(value: number): string {
  const [mantissa, exponent] = value.toExponential(3).split('e') as [string, string]
  return `${Number(mantissa)}e${Number(exponent)}`
}

/** No number lies between such ends that a label would tell from them. */
function areSame(low: number, high: number): boolean {
  return !(high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)))
}

function niceStep(rough: number): number {
  const power = Math.floor(Math.log10(rough))
  const share = rough / 10 ** power
  const factor = share <= 1 + 1e-9 ? 1 : share <= 2 + 1e-9 ? 2 : share <= 5 + 1e-9 ? 5 : 10
  return Number(`${factor}e${power}`)
}
