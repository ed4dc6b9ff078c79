import { smooth } from '../../report/figures/curve.ts'
import type { ArmCurves, LogName, PlotArm, PlotAxis, ThinLog } from '../../report/page/plot-data.ts'

/** What is drawn of one arm: mean over seeds, and a band below and above it. */
export interface Line {
  readonly x: readonly number[]
  /** `null` is a gap. */
  readonly y: readonly (number | null)[]
  readonly low: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

/** What the band of a line reaches over. */
export type Band = 'seeds' | 'spikes' | 'none'

export interface LineChoice {
  /** {@link LogName}, or the name of a score. */
  readonly log: string
  readonly axis: PlotAxis
  /** Share of the line that is averaged: 0.02 is a fiftieth. */
  readonly smoothing: number
  readonly band: Band
}

/**
 * An arm's line over an axis: the mean over seeds of their smoothed losses. The band goes from the lowest to the highest seed, or
 * from the lowest to the highest single loss that a point stands for.
 *
 * @returns nothing to draw where the axis is not known of the arm
 */
export function armLine({ perUpdate }: PlotArm, curves: ArmCurves, { log, axis, smoothing, band }: LineChoice): Line {
  const { updates, mean, low = mean, high = mean } = logOf(curves, log)
  const factor = perUpdate[axis]
  if (factor === undefined) return { x: [], y: [], low: [], high: [] }
  const window = log === 'train' ? Math.round(updates.length * smoothing) : 1
  const smoothed = mean.map((values) =>
    smooth(
      Float64Array.from(values, (value) => value ?? Number.NaN),
      window,
    ),
  )
  const over = (lists: readonly ArrayLike<number | null>[], of: (values: number[]) => number): (number | null)[] =>
    updates.map((_, at) => {
      const here = lists.map((list) => list[at] ?? Number.NaN)
      return here.length > 0 && here.every(Number.isFinite) ? of(here) : null
    })
  const [lows, highs] = band === 'spikes' ? [low, high] : [smoothed, smoothed]
  return {
    x: updates.map((update) => update * factor),
    y: over(smoothed, (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: over(lows, (values) => Math.min(...values)),
    high: over(highs, (values) => Math.max(...values)),
  }
}

const noLog: ThinLog = { updates: [], mean: [], gaps: 0 }

/** @param log {@link LogName}, or the name of a score; nothing where an arm has none */
export function logOf(curves: ArmCurves, log: string): ThinLog {
  const losses: readonly string[] = ['train', 'validation'] satisfies LogName[]
  return losses.includes(log) ? curves[log as LogName] : (curves.scores[log] ?? noLog)
}

/** Where a line is at some place of its axis, between the points beside it; `null` outside of it or in a gap. */
export function heightAt({ x, y }: Line, place: number): number | null {
  const after = x.findIndex((one) => one >= place)
  if (after === -1) return null
  const right = y[after] ?? null
  if (x[after] === place) return right
  const left = y[after - 1] ?? null
  if (left === null || right === null) return null
  const [from, to] = [x[after - 1]!, x[after]!]
  return left + ((right - left) * (place - from)) / (to - from)
}

/** The number of the point that lies nearest; -1 where there is none. */
export function nearestPoint(x: readonly number[], place: number): number {
  if (x.length === 0) return -1
  const after = x.findIndex((one) => one >= place)
  if (after === -1) return x.length - 1
  return after > 0 && place - x[after - 1]! < x[after]! - place ? after - 1 : after
}
