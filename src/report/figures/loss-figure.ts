import type { LossFigureRequest } from '../../study/study.ts'
import type { Curve, CurvePanel, Figure, LegendEntry, Panel } from '../charts/figure.ts'
import { type SeriesStyle, seriesStyle } from '../charts/series-style.ts'
import { readLosses } from '../results/lesson-log.ts'
import type { StudyResults } from '../results/study-results.ts'
import { envelope, mostPoints, samplePlaces, smooth, spreadAt } from './curve.ts'
import {
  type ArmLog,
  alignLogs,
  type FigureArm,
  figureArms,
  missingOf,
  onAxis,
  seedNotes,
  smoothedUpdates,
  smoothingNotes,
  updateScale,
} from './figure-arms.ts'

/** With more lines than this, what they were smoothed from would hide them. */
const mostRawCurves = 6

/** Losses of lessons over updates, epochs or minutes, from the logs of the finished ones. */
export async function lossFigure(request: LossFigureRequest, name: string, results: StudyResults): Promise<Figure> {
  const arms = figureArms(request.curves, results.plan)
  const panels: CurvePanel[] = []
  const rows: (string | number)[][] = []
  const missing = new Set<string>()
  const finished: number[][] = []
  const windows: number[] = []
  const drawn = new Set<FigureArm>()
  for (const log of request.logs) {
    const curves: Curve[] = []
    for (const [index, arm] of arms.entries()) {
      const found = await drawCurve(arm, log, seriesStyle(index), request, arms.length <= mostRawCurves, results)
      const lacking = missingOf(arm, found.seeds, results)
      if (lacking !== undefined && log === request.logs[0]) missing.add(lacking)
      if (found.curve.points.length > 0) drawn.add(arm)
      finished.push([...found.seeds])
      windows.push(found.window)
      curves.push(found.curve)
      rows.push(...found.rows)
    }
    const scale = request.y ?? lossScale(curves)
    panels.push({
      kind: 'curves',
      title: `${log === 'train' ? 'Training' : 'Validation'} loss (nats per target token${scale === 'log' ? ', log scale' : ''})`,
      x: { label: request.x, scale: 'linear' },
      y: { label: 'loss', scale },
      curves,
      empty: missing.size > 0 ? 'Not finished yet' : 'No finite loss in the logs of these lessons',
    })
  }
  const legend = arms.map((arm, index): LegendEntry => {
    const isMissing = !drawn.has(arm)
    return {
      label: arm.label + (isMissing ? ' (not finished yet)' : ''),
      sample: panels.some(({ curves }) => curves[index]?.marks) ? 'line with mark' : 'line',
      style: seriesStyle(index),
      missing: isMissing,
    }
  })
  const hasRaw = panels.some(({ curves }) => curves.some(({ raw }) => raw !== undefined))
  const header = ['log', 'chain', 'seed', 'update', 'epoch', 'minutes', 'loss', 'smoothed', 'step']
  return {
    name,
    kind: 'loss',
    title: request.title,
    panels,
    legend,
    notes: [
      ...smoothingNotes(windows, hasRaw ? '; faint: every update' : ''),
      ...seedNotes(finished, [...missing], panels),
      ...gapNotes(panels),
      ...axisNotes(request),
    ],
    data: { header, rows },
  }
}

/** Losses that fall far are drawn by a log scale: on a linear one their ends, which matter, lie on each other. */
export function lossScale(curves: readonly Curve[]): 'linear' | 'log' {
  const values = curves.flatMap(({ points }) => points.map(({ y }) => y)).filter((y) => Number.isFinite(y) && y > 0)
  const lowest = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const highest = values.reduce((a, b) => Math.max(a, b), 0)
  return highest >= 8 * lowest ? 'log' : 'linear'
}

/** Said where a line is broken. */
export function gapNotes(panels: readonly Panel[]): string[] {
  const gap = panels.some(
    (panel) =>
      panel.kind === 'curves' && panel.curves.some(({ points }) => points.some(({ y }) => !Number.isFinite(y))),
  )
  return gap ? ['A gap in a line: a value that is not a finite number.'] : []
}

function axisNotes({ x }: LossFigureRequest): string[] {
  return x === 'minutes' ? ["Minutes: updates times the lesson's mean time of an update, validation included."] : []
}

interface DrawnCurve {
  readonly curve: Curve
  /** Updates over which it is averaged. */
  readonly window: number
  readonly seeds: readonly number[]
  readonly rows: (string | number)[][]
}

async function drawCurve(
  arm: FigureArm,
  log: 'train' | 'validation',
  style: SeriesStyle,
  request: LossFigureRequest,
  withRaw: boolean,
  results: StudyResults,
): Promise<DrawnCurve> {
  const logs = []
  for (const { seed, teach } of arm.seeds) {
    logs.push(teach === undefined ? undefined : await readLosses(results.store, teach, log, seed))
  }
  const found = alignLogs(logs)
  const scale = updateScale(arm, results)
  const count = found.updates.length
  const window = log === 'validation' ? 1 : (request.smooth ?? smoothedUpdates(count, scale))
  const smoothed = found.values.map((values) => smooth(values, window))
  const toX = onAxis(request.x, scale)
  const x = (place: number): number => toX(found.updates[place]!)
  const places = samplePlaces(count, mostPoints)
  return {
    curve: {
      style,
      points: places.map((place) => ({ x: x(place), ...spreadAt(smoothed, place) })),
      ...(withRaw && window >= 3 ? { raw: envelope(x, (place) => spreadAt(found.values, place).y, count) } : {}),
      spread: log === 'validation' && count <= 30 ? 'whiskers' : 'band',
      marks: log === 'validation' && count <= 30,
    },
    window: count === 0 || window < 3 ? 1 : window,
    seeds: found.seeds,
    rows: curveRows([log, arm.chain.label], arm, found, places, [found.values, smoothed], scale),
  }
}

/** A row for each seed and drawn update. */
export function curveRows(
  head: readonly (string | number)[],
  arm: FigureArm,
  { seeds, updates }: ArmLog,
  places: readonly number[],
  columns: readonly (readonly Float64Array[])[],
  scale: ReturnType<typeof updateScale>,
): (string | number)[][] {
  return seeds.flatMap((seed, index) => {
    const key = arm.seeds.find((one) => one.seed === seed)?.teach ?? ''
    return places.map((place) => {
      const update = updates[place]!
      const values = columns.map((lists) => lists[index]![place]!)
      return [...head, seed, update, scale.epochs(update), scale.minutes(update), ...values, key]
    })
  })
}
