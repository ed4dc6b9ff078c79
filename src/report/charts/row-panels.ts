import type { BarPanel, DotPanel } from './figure.ts'
import {
  axisColour,
  type DrawnPanel,
  gridColour,
  heading,
  ink,
  markSvg,
  type PanelBox,
  place,
  text,
  withoutCrowding,
  yDomain,
} from './panel-parts.ts'
import { shortenTexts } from './shorten-texts.ts'
import { px, textWidth } from './svg-text.ts'
import { formatTick, linearTicks } from './ticks.ts'

const barColour = '#0072b2'

/** One value a row, with its spread over seeds. */
export function dotPanelSvg(panel: DotPanel, box: PanelBox): DrawnPanel {
  const { width, fontSize } = box
  const small = fontSize - 1
  const rowHeight = Math.round(fontSize * 1.7)
  const top = 2 * fontSize
  const names = box.names ?? Math.min(0.5 * width, nameWidth(panel, small))
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
  const ticks = withoutCrowding(linearTicks(...ends, Math.max(3, Math.round(plotWidth / 50))), at, small)
  const grid = ticks.values.map(
    (value, index) =>
      `<path d="M${px(at(value))} ${px(top)}v${px(plotHeight)}" stroke="${gridColour}"/>` +
      text(at(value), top + plotHeight + 4 + small, ticks.labels[index]!, { size: small, anchor: 'middle' }),
  )
  const labels = panel.rows.map(({ label }) => label)
  const shown = shortenTexts(labels, small, names + 1)
  const rows = panel.rows.map(({ style, value }, index) => {
    const y = top + (index + 0.5) * rowHeight
    const name =
      box.names === 0 ? '' : text(left - 8, y + small * 0.35, shown[index]!, { size: small, fill: ink, anchor: 'end' })
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

/** Width of the longest name of a row. */
export function nameWidth({ rows }: DotPanel, size: number): number {
  return rows.reduce((widest, { label }) => Math.max(widest, textWidth(label, size)), 0)
}

/** One bar a row. */
export function barPanelSvg(panel: BarPanel, box: PanelBox): DrawnPanel {
  const { width, fontSize } = box
  const small = fontSize - 1
  const rowHeight = Math.round(fontSize * 1.6)
  const top = 2 * fontSize
  const most = panel.bars.reduce((a, { value }) => Math.max(a, value), 1)
  const names = Math.min(0.5 * width, Math.max(...panel.bars.map(({ name }) => textWidth(name, small)), 8))
  const left = Math.ceil(names) + 8
  const count = (value: number): string => formatTick(value)
  const room = width - left - Math.max(...panel.bars.map(({ value }) => textWidth(count(value), small)), 0) - 8
  const barNames = panel.bars.map(({ name }) => name)
  const shown = shortenTexts(barNames, small, names + 1)
  const rows = panel.bars.map(({ value }, index) => {
    const y = top + index * rowHeight
    const length = (value / most) * room
    const base = y + rowHeight / 2 + small * 0.35
    return [
      text(left - 6, base, shown[index]!, { size: small, fill: ink, anchor: 'end' }),
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
