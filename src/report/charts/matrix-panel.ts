import type { MatrixPanel } from './figure.ts'
import { type DrawnPanel, faintInk, gridColour, heading, ink, type PanelBox, text } from './panel-parts.ts'
import { shortenTexts } from './shorten-texts.ts'
import { escapeXml, px, textWidth } from './svg-text.ts'

const cellColour = '#0072b2'

/** Counts in cells, each row's shares as shades; the columns' names stand slanted above them. */
export function matrixPanelSvg(panel: MatrixPanel, box: PanelBox): DrawnPanel {
  const { width, fontSize } = box
  const { names, counts } = panel
  const small = fontSize - 2
  const widest = Math.max(0, ...names.map((name) => textWidth(name, small)))
  const left = Math.ceil(Math.min(0.35 * width, widest)) + 8
  // The last slanted name ends to the right of its column.
  const slant = Math.min(widest, 0.35 * width) * Math.SQRT1_2
  const cell = Math.min(3.2 * fontSize, (width - left - slant) / Math.max(1, names.length))
  const top = 2 * fontSize + slant + small
  const parts = shortenTexts(names, small, 0.35 * width).map((shown, index) => {
    const [x, y] = [left + (index + 0.5) * cell, top - 5]
    return [
      text(left - 6, top + (index + 0.5) * cell + small * 0.35, shown, { size: small, fill: ink, anchor: 'end' }),
      `<text transform="translate(${px(x)},${px(y)}) rotate(-45)" font-size="${px(small)}" fill="${faintInk}">${escapeXml(shown)}</text>`,
    ].join('')
  })
  const cells = counts.flatMap((row, r) => {
    const sum = row.reduce((total, count) => total + count, 0)
    return row.map((count, c) => cellSvg(left + c * cell, top + r * cell, cell, small, count, sum))
  })
  return { svg: [heading(panel.title, box), ...parts, ...cells].join('\n'), height: top + names.length * cell }
}

function cellSvg(x: number, y: number, size: number, fontSize: number, count: number, sum: number): string {
  const share = sum === 0 ? 0 : count / sum
  const frame = `<rect x="${px(x)}" y="${px(y)}" width="${px(size)}" height="${px(size)}" fill="${cellColour}" fill-opacity="${px(share)}" stroke="${gridColour}"/>`
  if (count === 0) return frame
  const fill = share > 0.55 ? '#ffffff' : ink
  const fitting = Math.min(fontSize, (fontSize * 0.9 * size) / Math.max(1, textWidth(String(count), fontSize)))
  return (
    frame + text(x + size / 2, y + size / 2 + fitting * 0.35, String(count), { size: fitting, fill, anchor: 'middle' })
  )
}
