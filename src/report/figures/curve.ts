import type { CurvePoint, Point } from '../charts/figure.ts'
import type { SeedLog } from '../results/lesson-log.ts'

/** Points of a line; a picture is not wider. */
export const mostPoints = 480

/**
 * The mean of each value and its neighbours: `window` values centred on it. At the beginning, where losses fall steeply,
 * as many before as after, so that the line begins where the values do; at the end, the last `window` values, so that it
 * does not end in the noise of a few. Values that are no numbers stay so and count for none of their neighbours.
 */
export function smooth(values: Float64Array, window: number): Float64Array {
  const reach = Math.floor((window - 1) / 2)
  if (reach < 1) return values
  const sums = new Float64Array(values.length + 1)
  const counts = new Float64Array(values.length + 1)
  for (const [index, value] of values.entries()) {
    const finite = Number.isFinite(value)
    sums[index + 1] = sums[index]! + (finite ? value : 0)
    counts[index + 1] = counts[index]! + (finite ? 1 : 0)
  }
  return values.map((value, index) => {
    if (!Number.isFinite(value)) return Number.NaN
    const own = Math.min(reach, index)
    const to = Math.min(index + own + 1, values.length)
    const from = Math.max(0, to - 2 * own - 1)
    return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!)
  })
}

/** Updates that every seed has a value at, and the values there. */
export function commonUpdates(logs: readonly SeedLog[]): { updates: Float64Array; values: Float64Array[] } {
  const [first, ...others] = logs
  if (first === undefined) return { updates: new Float64Array(), values: [] }
  const same = others.every(
    ({ updates }) => updates.length === first.updates.length && updates.every((at, i) => at === first.updates[i]),
  )
  if (same) return { updates: first.updates, values: logs.map(({ values }) => values) }
  const maps = logs.map(({ updates, values }) => new Map(Array.from(updates, (at, i) => [at, values[i]!])))
  const shared = first.updates.filter((at) => maps.every((map) => map.has(at)))
  return { updates: shared, values: maps.map((map) => shared.map((at) => map.get(at)!)) }
}

/** Places of at most `most` of `count` values, spread evenly, the first and the last among them. */
export function samplePlaces(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i)
  const places = Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)))
  return [...new Set(places)]
}

/** The mean of the seeds' values at one place, and their lowest and highest; NaN when one of them is no number. */
export function spreadAt(values: readonly Float64Array[], place: number): Omit<CurvePoint, 'x' | 'style'> {
  const here = values.map((list) => list[place]!)
  if (here.length === 0 || !here.every(Number.isFinite)) return { y: Number.NaN, low: Number.NaN, high: Number.NaN }
  return { y: here.reduce((sum, one) => sum + one, 0) / here.length, low: Math.min(...here), high: Math.max(...here) }
}

/**
 * Of each stretch of a long line, its lowest and its highest point in the order in which they come: a picture of them
 * looks like one of all.
 */
export function envelope(xs: (place: number) => number, ys: (place: number) => number, count: number): Point[] {
  const buckets = Math.floor(mostPoints / 2)
  const all = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
  if (count <= mostPoints) return all(0, count).map((place) => ({ x: xs(place), y: ys(place) }))
  const points: Point[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * count) / buckets)
    const to = Math.floor(((bucket + 1) * count) / buckets)
    let [low, high] = [-1, -1]
    for (let place = from; place < to; place++) {
      const y = ys(place)
      if (!Number.isFinite(y)) continue
      if (low === -1 || y < ys(low)) low = place
      if (high === -1 || y > ys(high)) high = place
    }
    // A stretch without a number is a gap.
    if (low === -1) points.push({ x: xs(from), y: Number.NaN })
    else
      for (const place of new Set([Math.min(low, high), Math.max(low, high)]))
        points.push({ x: xs(place), y: ys(place) })
  }
  return points
}
