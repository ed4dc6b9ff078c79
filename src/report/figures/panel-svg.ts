import type { Axis, BarPanel, Curve, CurvePanel, CurvePoint, DotPanel, Panel, Point } from './figure.ts'
import type { SeriesStyle } from './series-style.ts'
import { escapeXml, px, shortenText, textWidth } from './svg-text.ts'
import { linearTicks, logTicks, niceEnds, type Ticks } from './ticks.ts'

/** Where a panel is drawn, and with which size of letters. */
export interface PanelBox {
  readonly width: number
  readonly fontSize: number
}

export interface DrawnPanel {
  readonly svg: string
  readonly height: number
}

export const ink = '#1f2328'
export const faintInk = '#57606a'
const gridColour = '#e4e7eb'
const axisColour = '#8c959f'
const barColour = '#0072b2'

/** A panel with its heading, axes and marks; its left upper corner is at 0, 0. */
export function panelSvg(panel: Panel, box: PanelBox): DrawnPanel {
  switch (panel.kind) {
    case 'curves':
      return curvePanelSvg(panel, box)
    case 'dots':
      return dotPanelSvg(panel, box)
    case 'bars':
      return barPanelSvg(panel, box)
  }
}

function heading(title: string, { width, fontSize }: PanelBox): string {
  return text(0, fontSize, shortenText(title, fontSize, width), { size: fontSize, fill: ink })
}

function curvePanelSvg(panel: CurvePanel, box: PanelBox): DrawnPanel {
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
    ticksOf(panel.x, x, Math.max(2, Math.round(plotWidth / 80))),
    (value) => place(panel.x, x, value) * plotWidth,
    small,
  )
  const height = top + plotHeight + 2.9 * fontSize
  const at = {
    x: (value: number): number => left + place(panel.x, x, value) * plotWidth,
    y: (value: number): number => top + (1 - place(panel.y, y, value)) * plotHeight,
  }
  const drawn = panel.curves.some(({ points }) => points.some(({ y: value }) => Number.isFinite(value)))
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

type Ends = readonly [number, number]

/**
 * The ends of both axes. Losses of a new task begin far above where they soon are; the frame then ends below that
 * beginning, which is said in it, as the differences would be flat else.
 */
function domains({ curves, x, y }: CurvePanel): { x: Ends; y: Ends; cut: string | undefined } {
  const points = curves.flatMap((curve) => curve.points).filter((point) => isDrawn(point, y))
  const xs = points.map((point) => point.x)
  const shown =
    y.scale === 'log' ? points : curves.flatMap((curve) => settled(curve.points.filter((point) => isDrawn(point, y))))
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

function isDrawn({ y }: Point, axis: Axis): boolean {
  return Number.isFinite(y) && (axis.scale === 'linear' || y > 0)
}

function xDomain(values: readonly number[], { scale, ticks = [] }: Axis): Ends {
  const all = [...values, ...ticks]
  if (all.length === 0) return scale === 'log' ? [1, 10] : [0, 1]
  const low = all.reduce((a, b) => Math.min(a, b))
  const high = all.reduce((a, b) => Math.max(a, b))
  if (scale === 'log')
    return [low / (high / low) ** 0.06 / (low === high ? 2 : 1), high * (high / low) ** 0.06 * (low === high ? 2 : 1)]
  if (ticks.length > 0) {
    const pad = high > low ? (high - low) * 0.06 : Math.max(1, Math.abs(high) * 0.1)
    return [low - pad, high + pad]
  }
  return [0, high > 0 ? high : 1]
}

function yDomain(low: number, high: number, { scale }: Axis): Ends {
  if (!(high >= low)) return scale === 'log' ? [0.1, 1] : [0, 1]
  if (scale === 'log')
    return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.04, high * (high / low) ** 0.04]
  // Nearly the whole height is below the lowest value then: zero is worth showing.
  return niceEnds(low >= 0 && low < 0.5 * high ? 0 : low, high, 5)
}

/** A value's place on an axis: 0 at the low end, 1 at the high one. */
function place({ scale }: Axis, [low, high]: Ends, value: number): number {
  if (scale === 'linear') return (value - low) / (high - low)
  return Math.log(Math.max(value, low * 1e-3) / low) / Math.log(high / low)
}

function ticksOf({ scale, ticks }: Axis, [low, high]: Ends, wanted: number): Ticks {
  if (ticks !== undefined && ticks.length > 0)
    return { values: ticks, labels: ticks.map((value) => linearTicks(value, value, 1).labels[0]!) }
  return scale === 'log' ? logTicks(low, high, wanted) : linearTicks(low, high, wanted)
}

/** Leaves out marks whose labels would touch the one before. */
function withoutCrowding({ values, labels }: Ticks, at: (value: number) => number, size: number): Ticks {
  const kept: number[] = []
  for (const [index, label] of labels.entries()) {
    const before = kept.at(-1)
    const edge =
      before === undefined ? Number.NEGATIVE_INFINITY : at(values[before]!) + textWidth(labels[before]!, size) / 2
    if (at(values[index]!) - textWidth(label, size) / 2 > edge + size * 0.6) kept.push(index)
  }
  return { values: kept.map((index) => values[index]!), labels: kept.map((index) => labels[index]!) }
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
  if (!marks && points.filter(({ y }) => Number.isFinite(y)).length !== 1) return ''
  return points
    .filter(({ y }) => Number.isFinite(y))
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
    const finite = Number.isFinite(point.y)
    if (finite && !open) all.push([])
    if (finite) all.at(-1)!.push(point)
    open = finite
  }
  return all
}

/** A series' mark, about 7 units large. */
export function markSvg(x: number, y: number, { mark, colour }: SeriesStyle): string {
  const paint = `fill="${colour}" stroke="#ffffff" stroke-width="0.8"`
  switch (mark) {
    case 'circle':
      return `<circle cx="${px(x)}" cy="${px(y)}" r="3.6" ${paint}/>`
    case 'square':
      return `<rect x="${px(x - 3.2)}" y="${px(y - 3.2)}" width="6.4" height="6.4" ${paint}/>`
    case 'triangle':
      return `<path d="M${px(x)} ${px(y - 4.2)}l4 7.2h-8z" ${paint}/>`
    case 'diamond':
      return `<path d="M${px(x)} ${px(y - 4.6)}l4.2 4.6l-4.2 4.6l-4.2 -4.6z" ${paint}/>`
  }
}

function emptySvg(sentence: string, left: number, top: number, width: number, height: number, size: number): string {
  const back = `<rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" fill="#f6f8fa"/>`
  return (
    back + text(left + width / 2, top + height / 2, shortenText(sentence, size, width - 8), { size, anchor: 'middle' })
  )
}

function dotPanelSvg(panel: DotPanel, box: PanelBox): DrawnPanel {
  const { width, fontSize } = box
  const small = fontSize - 1
  const rowHeight = Math.round(fontSize * 1.7)
  const top = 2 * fontSize
  const names = Math.min(0.5 * width, Math.max(...panel.rows.map(({ label }) => textWidth(label, small)), 0))
  const left = Math.ceil(names) + 10
  const right = Math.ceil(fontSize * 1.5)
  const plotWidth = width - left - right
  const plotHeight = Math.max(1, panel.rows.length) * rowHeight
  const height = top + plotHeight + 1.8 * fontSize
  const values = panel.rows
    .flatMap(({ value }) => (value === undefined ? [] : [value.low, value.high, value.y]))
    .filter(Number.isFinite)
  const ends = yDomain(
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    { label: '', scale: 'linear' },
  )
  const at = (value: number): number => left + place({ label: '', scale: 'linear' }, ends, value) * plotWidth
  const ticks = withoutCrowding(linearTicks(...ends, Math.max(3, Math.round(plotWidth / 70))), at, small)
  const grid = ticks.values.map(
    (value, index) =>
      `<path d="M${px(at(value))} ${px(top)}v${px(plotHeight)}" stroke="${gridColour}"/>` +
      text(at(value), top + plotHeight + 4 + small, ticks.labels[index]!, { size: small, anchor: 'middle' }),
  )
  const rows = panel.rows.map(({ label, style, value }, index) => {
    const y = top + (index + 0.5) * rowHeight
    const name = text(left - 8, y + small * 0.35, shortenText(label, small, names + 1), {
      size: small,
      fill: ink,
      anchor: 'end',
    })
    if (value === undefined || !Number.isFinite(value.y)) {
      return (
        name + text(left + 6, y + small * 0.35, value === undefined ? 'not finished yet' : 'no number', { size: small })
      )
    }
    const spread =
      value.high > value.low
        ? `<path d="M${px(at(value.low))} ${px(y)}H${px(at(value.high))}" stroke="${style.colour}" stroke-width="2.4" stroke-opacity="0.45"/>`
        : ''
    return name + spread + markSvg(at(value.y), y, style)
  })
  const parts = [
    heading(panel.title, box),
    ...(values.length === 0 ? [] : grid),
    `<path d="M${px(left)} ${px(top)}v${px(plotHeight)}" stroke="${axisColour}"/>`,
    ...rows,
    ...(panel.rows.length === 0 ? [text(left + 6, top + fontSize, panel.empty, { size: small })] : []),
  ]
  return { svg: parts.join('\n'), height }
}

function barPanelSvg(panel: BarPanel, box: PanelBox): DrawnPanel {
  const { width, fontSize } = box
  const small = fontSize - 1
  const rowHeight = Math.round(fontSize * 1.6)
  const top = 2 * fontSize
  const most = panel.bars.reduce((a, { value }) => Math.max(a, value), 1)
  const names = Math.min(0.5 * width, Math.max(...panel.bars.map(({ name }) => textWidth(name, small)), 8))
  const left = Math.ceil(names) + 8
  const count = (value: number): string => linearTicks(value, value, 1).labels[0]!
  const room = width - left - Math.max(...panel.bars.map(({ value }) => textWidth(count(value), small)), 0) - 8
  const rows = panel.bars.map(({ name, value }, index) => {
    const y = top + index * rowHeight
    const length = (value / most) * room
    const base = y + rowHeight / 2 + small * 0.35
    return [
      text(left - 6, base, shortenText(name, small, names + 1), { size: small, fill: ink, anchor: 'end' }),
      `<rect x="${px(left)}" y="${px(y + 2)}" width="${px(length)}" height="${px(rowHeight - 4)}" fill="${barColour}"/>`,
      text(left + length + 5, base, count(value), { size: small }),
    ].join('')
  })
  const axis = `<path d="M${px(left)} ${px(top)}v${px(Math.max(1, panel.bars.length) * rowHeight)}" stroke="${axisColour}"/>`
  return {
    svg: [heading(panel.title, box), ...rows, axis].join('\n'),
    height: top + Math.max(1, panel.bars.length) * rowHeight,
  }
}

interface TextLook {
  readonly size: number
  readonly fill?: string
  readonly anchor?: 'middle' | 'end'
  readonly weight?: number
}

/** A line of text whose base line begins, or ends, at a point. */
export function text(
  x: number,
  y: number,
  content: string,
  { size, fill = faintInk, anchor, weight }: TextLook,
): string {
  const look = `${anchor === undefined ? '' : ` text-anchor="${anchor}"`}${weight === undefined ? '' : ` font-weight="${weight}"`}`
  return `<text x="${px(x)}" y="${px(y)}" font-size="${px(size)}" fill="${fill}"${look}>${escapeXml(content)}</text>`
}
