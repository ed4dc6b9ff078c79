import type { ArmLog } from '../figures/figure-arms.ts'
import type { ThinLog } from './plot-data.ts'

/** Stretches of a long log: a wide screen has about two pixels for each. */
export const mostStretches = 400

/**
 * Thins an arm's log without losing a spike: of each stretch the mean, the lowest and the highest value are kept, to four
 * digits. A log that is no longer than the stretches of a thinned one have numbers is kept whole.
 */
export function thinLog({ updates, values }: Pick<ArmLog, 'updates' | 'values'>): ThinLog {
  const gaps = values.reduce((sum, list) => sum + list.filter((value) => !Number.isFinite(value)).length, 0)
  if (updates.length <= 2 * mostStretches) {
    return { updates: [...updates], mean: values.map((list) => Array.from(list, kept)), gaps }
  }
  const ends = Array.from({ length: mostStretches }, (_, i) => Math.round(((i + 1) * updates.length) / mostStretches))
  const stretches = values.map((list) => ends.map((to, i) => stretchOf(list.subarray(ends[i - 1] ?? 0, to))))
  return {
    updates: ends.map((to) => updates[to - 1]!),
    mean: stretches.map((list) => list.map(({ mean }) => kept(mean))),
    low: stretches.map((list) => list.map(({ low }) => kept(low))),
    high: stretches.map((list) => list.map(({ high }) => kept(high))),
    gaps,
  }
}

/** Of the finite ones; NaN where there are none. */
function stretchOf(values: Float64Array): { mean: number; low: number; high: number } {
  let [sum, count, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    sum += value
    count++
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return { mean: sum / count, low, high }
}

function kept(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null
}
