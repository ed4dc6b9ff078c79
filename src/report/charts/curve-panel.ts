import type { Axis, Curve, CurvePanel, CurvePoint, Point } from './figure.ts'
import {
  axisColour,
  type DrawnPanel,
  type Ends,
  gridColour,
  heading,
  ink,
  markSvg,
  type PanelBox,
  place,
  text,
  widened,
  withoutCrowding,
  yDomain,
} from './panel-parts.ts'
import { px, shortenText, textWidth } from './svg-text.ts'
import { formatTick, linearTicks, logTicks, type Ticks } from './ticks.ts'

/** Lines over a common axis. */
export function curvePanelSvg(asked: CurvePanel, box: PanelBox): DrawnPanel {
  const panel = { ...asked, curves: asked.curves.map((curve) => placeable(curve, asked.y)) }
  const { width, fontSize } = box
  const small = fontSize - 1
  const plotHeight = Math.round(Math.max(190, Math.min(300, width * 0.62)))
  const top = 2 * fontSize
  const { x, y, cut } = domains(panel)
  const yTicks = ticksOf(panel.y, y, Math.round(plotHeight / 50))
  const left = Math.ceil(Math.max(...yTicks.labels.map((label) => textWidth(label, small)), 8)) + 8
  const right = Math.ceil(fontSize / 2)
  const plotWidth = width - left - right
  const xTicks = withoutCrowding(
    ticksOf(panel.x, x, Math.max(2, Math.round(plotWidth / 60))),
    (value) => place(panel.x, x, value) * plotWidth,
    small,
  )
  const height = top + plotHeight + 2.9 * fontSize
  const at = {
    x: (value: number): number => left + place(panel.x, x, value) * plotWidth,
    y: (value: number): number => top + (1 - place(panel.y, y, value)) * plotHeight,
  }
  const drawn = panel.curves.some(({ points }) => points.some(isFinitePoint))
  const grid = yTicks.values.map((value, index) => {
    const level = px(at.y(value))
    const line = `<path d="M${px(left)} ${level}h${px(plotWidth)}" stroke="${gridColour}"/>`
    return line + text(left - 6, at.y(value) + small * 0.35, yTicks.labels[index]!, { size: small, anchor: 'end' })
  })
  const marks = xTicks.values.map((value, index) => {
    const line = `<path d="M${px(at.x(value))} ${px(top + plotHeight)}v4" stroke="${axisColour}"/>`
    return (
      line + text(at.x(value), top + plotHeight + 4 + small, xTicks.labels[index]!, { size: small, anchor: 'middle' })
    )
  })
  // A nested image cuts what lies outside it, so lines that begin above the frame need no further care.
  // It is a little larger than the frame, so that a line along an edge, such as a score of 0, is whole.
  const over = 2
  const inner = { x: (value: number) => at.x(value) - left + over, y: (value: number) => at.y(value) - top + over }
  const layers = [
    ...panel.curves.map((curve) => rawSvg(curve, inner)),
    ...panel.curves.map((curve) => bandSvg(curve, inner, Math.min(0.16, 0.5 / panel.curves.length))),
    ...panel.curves.map((curve) => lineSvg(curve, inner)),
  ]
  const frame = `<svg x="${px(left - over)}" y="${px(top - over)}" width="${px(plotWidth + 2 * over)}" height="${px(plotHeight + 2 * over)}">${layers.join('')}</svg>`
  const points = panel.curves.map((curve) => marksSvg(curve, at))
  const axes = `<path d="M${px(left)} ${px(top)}v${px(plotHeight)}h${px(plotWidth)}" fill="none" stroke="${axisColour}"/>`
  const parts = [
    heading(panel.title, box),
    ...(drawn
      ? [...grid, ...marks, axes, frame, ...points]
      : [emptySvg(panel.empty, left, top, plotWidth, plotHeight, fontSize), axes]),
    ...(cut === undefined || !drawn
      ? []
      : [text(left + plotWidth, top + small, cut, { size: small - 1, anchor: 'end' })]),
    text(left + plotWidth / 2, height - 0.4 * fontSize, panel.x.label, { size: fontSize, fill: ink, anchor: 'middle' }),
  ]
  return { svg: parts.join('\n'), height }
}

/**
 * The ends of both axes. Losses of a new task begin far above where they soon are; the frame then ends below that
 * beginning, which is said in it, as the differences would be flat else.
 */
function domains({ curves, x, y }: CurvePanel): { x: Ends; y: Ends; cut: string | undefined } {
  const points = curves.flatMap((curve) => curve.points).filter(isFinitePoint)
  const xs = points.map((point) => point.x)
  const shown = y.scale === 'log' ? points : curves.flatMap((curve) => settled(curve.points.filter(isFinitePoint)))
  const values = (of: readonly CurvePoint[], log: boolean): number[] =>
    of
      .flatMap(({ low, high, y: mean }) => [low, high, mean])
      .filter((value) => Number.isFinite(value) && (!log || value > 0))
  const inFrame = values(shown, y.scale === 'log')
  const all = values(points, y.scale === 'log')
  const highest = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const top = inFrame.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const lowest = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const cuts = highest > 1.5 * top && top > 0
  return {
    x: xDomain(xs, x),
    y: yDomain(lowest, cuts ? top : highest, y),
    cut: cuts ? `begins at up to ${highest.toPrecision(3)}` : undefined,
  }
}

/** Without the first fiftieth of a long curve. */
function settled(points: readonly CurvePoint[]): readonly CurvePoint[] {
  if (points.length < 50) return points
  const [first, last] = [points[0]!.x, points.at(-1)!.x]
  return points.filter(({ x }) => x >= first + (last - first) / 50)
}

/** A log axis has no place for 0 and less: such values leave a gap. */
function placeable(curve: Curve, axis: Axis): Curve {
  if (axis.scale === 'linear') return curve
  const gap = <P extends Point>(point: P): P => (point.y > 0 ? point : { ...point, y: Number.NaN })
  return { ...curve, points: curve.points.map(gap), ...(curve.raw && { raw: curve.raw.map(gap) }) }
}

function isFinitePoint({ x, y }: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y)
}

function xDomain(values: readonly number[], { scale, ticks = [] }: Axis): Ends {
  const all = [...values, ...ticks]
  if (all.length === 0) return scale === 'log' ? [1, 10] : [0, 1]
  const low = all.reduce((a, b) => Math.min(a, b))
  const high = all.reduce((a, b) => Math.max(a, b))
  if (scale === 'log') return widened(low, high, 0.06)
  if (ticks.length > 0) {
    const pad = high > low ? (high - low) * 0.06 : Math.max(1, Math.abs(high) * 0.1)
    return [low - pad, high + pad]
  }
  return [0, high > 0 ? high : 1]
}

function ticksOf({ scale, ticks }: Axis, [low, high]: Ends, wanted: number): Ticks {
  if (ticks !== undefined && ticks.length > 0) return { values: ticks, labels: ticks.map((value) => formatTick(value)) }
  return scale === 'log' ? logTicks(low, high, wanted) : linearTicks(low, high, wanted)
}

interface Scales {
  x(value: number): number
  y(value: number): number
}

function rawSvg({ raw, style }: Curve, at: Scales): string {
  if (raw === undefined) return ''
  return `<path d="${pathOf(raw, at)}" fill="none" stroke="${style.colour}" stroke-opacity="0.22" stroke-width="0.8"/>`
}

/** Many bands lie over each other, so each is fainter then. */
function bandSvg({ points, spread, style }: Curve, at: Scales, opacity: number): string {
  if (spread !== 'band' || points.every(({ low, high }) => !(high > low))) return ''
  const areas = runs(points).map((run) => {
    const there = run.map(({ x, high }) => `${px(at.x(x))} ${px(at.y(high))}`)
    const back = run.toReversed().map(({ x, low }) => `${px(at.x(x))} ${px(at.y(low))}`)
    return `M${[...there, ...back].join('L')}Z`
  })
  return `<path d="${areas.join('')}" fill="${style.colour}" fill-opacity="${px(opacity)}"/>`
}

function lineSvg({ points, style }: Curve, at: Scales): string {
  const dashes = style.dashes === '' ? '' : ` stroke-dasharray="${style.dashes}"`
  return `<path d="${pathOf(points, at)}" fill="none" stroke="${style.colour}" stroke-width="1.8" stroke-linejoin="round"${dashes}/>`
}

/** Marks and whiskers stand over the frame's edge, so they are not cut. */
function marksSvg({ points, marks, spread, style: own }: Curve, at: Scales): string {
  // A curve of one point has no line to see.
  if (!marks && points.filter(isFinitePoint).length !== 1) return ''
  return points
    .filter(isFinitePoint)
    .map((point) => {
      const style = point.style ?? own
      const [x, low, high] = [px(at.x(point.x)), px(at.y(point.low)), px(at.y(point.high))]
      const whisker =
        spread === 'whiskers' && point.high > point.low
          ? `<path d="M${x} ${low}V${high}M${px(at.x(point.x) - 3)} ${low}h6M${px(at.x(point.x) - 3)} ${high}h6" stroke="${style.colour}"/>`
          : ''
      return whisker + markSvg(at.x(point.x), at.y(point.y), style)
    })
    .join('')
}

/** Lines between points, broken where a value is no number. */
function pathOf(points: readonly Point[], at: Scales): string {
  return runs(points)
    .map((run) => `M${run.map(({ x, y }) => `${px(at.x(x))} ${px(at.y(y))}`).join('L')}`)
    .join('')
}

function runs<P extends Point>(points: readonly P[]): P[][] {
  const all: P[][] = []
  let open = false
  for (const point of points) {
    const finite = isFinitePoint(point)
    if (finite && !open) all.push([])
    if (finite) all.at(-1)!.push(point)
    open = finite
  }
  return all
}

function emptySvg(sentence: string, left: number, top: number, width: number, height: number, size: number): string {
  const back = `<rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" fill="#f6f8fa"/>`
  return (
    back + text(left + width / 2, top + height / 2, shortenText(sentence, size, width - 8), { size, anchor: 'middle' })
  )
}
