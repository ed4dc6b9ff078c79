import type { Figure, LegendEntry, Panel } from './figure.ts'
import { type DrawnPanel, faintInk, ink, markSvg, type PanelBox, text } from './panel-parts.ts'
import { panelSvg } from './panel-svg.ts'
import { nameWidth } from './row-panels.ts'
import { shortenTexts } from './shorten-texts.ts'
import { escapeXml, fontFamily, px, textWidth, wrapText } from './svg-text.ts'

const margin = 16
const gap = 26
/** By the number of panels side by side: wider pictures are printed smaller, so their letters are larger. */
const looks = [
  { width: 720, fontSize: 13 },
  { width: 880, fontSize: 14 },
  { width: 1040, fontSize: 15 },
] as const

/** Draws a figure as an SVG image on white. The same figure gives the same bytes. */
export function figureSvg(figure: Figure): string {
  const count = figure.panels.length
  const columns = count === 4 ? 2 : Math.max(1, Math.min(looks.length, count))
  const { width, fontSize } = looks[columns - 1]!
  const inner = width - 2 * margin
  const boxes = columnBoxes(figure.panels, columns, inner, fontSize)
  const narrowest = Math.min(...boxes.map((box) => box.width))
  const titles = shortenTexts(
    figure.panels.map(({ title }) => title),
    fontSize,
    narrowest,
  )
  const drawn = figure.panels.map((panel, index) =>
    panelSvg({ ...panel, title: titles[index]! }, boxes[index % columns]!),
  )
  const parts: string[] = []
  let y = margin
  for (const line of figure.untitled ? [] : wrapText(figure.title, fontSize + 2, inner)) {
    y += fontSize + 4
    parts.push(text(margin, y, line, { size: fontSize + 2, fill: ink, weight: 700 }))
  }
  if (!figure.untitled) y += fontSize
  for (const row of inRows(drawn, columns)) {
    let x = margin
    for (const [column, { svg }] of row.entries()) {
      parts.push(`<g transform="translate(${px(x)},${px(y)})">\n${svg}\n</g>`)
      x += boxes[column]!.width + gap
    }
    y += Math.max(...row.map(({ height }) => height)) + fontSize
  }
  const legend = legendSvg(figure.legend, inner, fontSize - 1)
  parts.push(`<g transform="translate(${margin},${px(y)})">${legend.svg}</g>`)
  y += legend.height
  const notes = figure.notes.flatMap((note) => wrapText(note, fontSize - 2, inner))
  for (const line of notes) {
    y += fontSize + 2
    parts.push(text(margin, y, line, { size: fontSize - 2, fill: faintInk }))
  }
  const height = Math.ceil(y + margin)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontFamily)}" role="img">`,
    `<title>${escapeXml(figure.title)}</title>`,
    `<desc>${escapeXml(description(figure))}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

/** Columns of like width; where all panels have the same rows, their names stand in the first column only. */
function columnBoxes(panels: readonly Panel[], columns: number, width: number, fontSize: number): PanelBox[] {
  const room = width - (columns - 1) * gap
  const dots = panels.flatMap((panel) => (panel.kind === 'dots' ? [panel] : []))
  if (columns === 1 || dots.length < panels.length) {
    return Array.from({ length: columns }, () => ({ width: room / columns, fontSize }))
  }
  const names = Math.min(0.45 * width, Math.max(...dots.map((panel) => nameWidth(panel, fontSize - 1))))
  const rest = (room - names) / columns
  return Array.from({ length: columns }, (_, column) =>
    column === 0 ? { width: rest + names, fontSize, names } : { width: rest, fontSize, names: 0 },
  )
}

/** For readers who hear the picture. */
function description({ panels, legend, notes }: Figure): string {
  const what = panels.map((panel) => (panel.kind === 'curves' ? `${panel.title} over ${panel.x.label}` : panel.title))
  const series = legend.length === 0 ? [] : [`Series: ${legend.map(({ label }) => label).join('; ')}.`]
  return [`${what.join('; ')}.`, ...series, ...notes].join(' ')
}

function legendSvg(entries: readonly LegendEntry[], width: number, size: number): DrawnPanel {
  if (entries.length === 0) return { svg: '', height: 0 }
  const sample = 34
  const widest = Math.max(...entries.map(({ label }) => textWidth(label, size))) + sample + 24
  const columns = Math.max(1, Math.min(entries.length, Math.floor((width + 24) / widest)))
  const cell = Math.min(widest, width)
  const rowHeight = Math.round(size * 1.6)
  const labels = entries.map(({ label }) => label)
  const shown = shortenTexts(labels, size, width - sample)
  const items = entries.map(({ sample: look, style, missing }, index) => {
    const [x, y] = [(index % columns) * cell, Math.floor(index / columns) * rowHeight + size]
    const middle = y - size * 0.33
    const dashes = style.dashes === '' ? '' : ` stroke-dasharray="${style.dashes}"`
    const line = `<path d="M${px(x)} ${px(middle)}h${sample - 6}" stroke="${style.colour}" stroke-width="2"${dashes}/>`
    const name = text(x + sample, y, shown[index]!, { size, fill: missing ? faintInk : ink })
    return (missing ? '' : line + (look === 'line' ? '' : markSvg(x + (sample - 6) / 2, middle, style))) + name
  })
  return { svg: items.join('\n'), height: Math.ceil(entries.length / columns) * rowHeight + size * 0.4 }
}

function inRows<T>(items: readonly T[], columns: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / columns) }, (_, row) =>
    items.slice(row * columns, (row + 1) * columns),
  )
}
