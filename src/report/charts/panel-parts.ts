import type { Axis } from './figure.ts'
import type { SeriesStyle } from './series-style.ts'
import { escapeXml, px, shortenText, textWidth } from './svg-text.ts'
import { niceEnds, type Ticks } from './ticks.ts'

/** Where a panel is drawn, and with which size of letters. */
export interface PanelBox {
  readonly width: number
  readonly fontSize: number
  /** Width of the names of rows; 0: they stand beside the panel to the left. Without it, as they need. */
  readonly names?: number
}

export interface DrawnPanel {
  readonly svg: string
  readonly height: number
}

export const ink = '#1f2328'
export const faintInk = '#57606a'
export const gridColour = '#e4e7eb'
export const axisColour = '#8c959f'

/** The low and the high end of an axis. */
export type Ends = readonly [number, number]

export function heading(title: string, { width, fontSize }: PanelBox): string {
  return text(0, fontSize, shortenText(title, fontSize, width), { size: fontSize, fill: ink })
}

export function yDomain(low: number, high: number, { scale }: Axis): Ends {
  if (!(high >= low)) return scale === 'log' ? [0.1, 1] : [0, 1]
  if (scale === 'log') return widened(low, high, 0.04)
  // Nearly the whole height is below the lowest value then: zero is worth showing.
  return niceEnds(low >= 0 && low < 0.5 * high ? 0 : low, high, 5)
}

/** Ends of a log axis by a share of its length farther apart, and of one without a length by a factor of two. */
export function widened(low: number, high: number, share: number): Ends {
  if (low === high) return [low / 2, Math.min(high * 2, Number.MAX_VALUE)]
  // The ratio itself may be larger than any number.
  const factor = Math.exp((Math.log(high) - Math.log(low)) * share)
  return [Math.max(low / factor, Number.MIN_VALUE), Math.min(high * factor, Number.MAX_VALUE)]
}

/** A value's place on an axis: 0 at the low end, 1 at the high one. */
export function place({ scale }: Axis, [low, high]: Ends, value: number): number {
  if (scale === 'linear') return (value - low) / (high - low)
  return (Math.log(Math.max(value, low * 1e-3)) - Math.log(low)) / (Math.log(high) - Math.log(low))
}

/** Leaves out marks whose labels would touch the one before. */
export function withoutCrowding({ values, labels }: Ticks, at: (value: number) => number, size: number): Ticks {
  const kept: number[] = []
  for (const [index, label] of labels.entries()) {
    const before = kept.at(-1)
    const edge =
      before === undefined ? Number.NEGATIVE_INFINITY : at(values[before]!) + textWidth(labels[before]!, size) / 2
    if (at(values[index]!) - textWidth(label, size) / 2 > edge + size * 0.6) kept.push(index)
  }
  return { values: kept.map((index) => values[index]!), labels: kept.map((index) => labels[index]!) }
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
