/** How often labels occur, and how many a row has: the two panels of the paper's figure 1. */
export interface LabelFigure {
  readonly title: string
  readonly byLabel: readonly { readonly label: string; readonly rows: number }[]
  /** Rows with 0, 1, 2 … labels. */
  readonly byNumber: readonly number[]
}

interface Panel {
  readonly title: string
  readonly bars: readonly { readonly name: string; readonly value: number }[]
}

function panels({ byLabel, byNumber }: LabelFigure): readonly [Panel, Panel] {
  return [
    { title: '(a) rows with each label', bars: byLabel.map(({ label, rows }) => ({ name: label, value: rows })) },
    {
      title: '(b) labels in a row',
      bars: byNumber.map((rows, number) => ({ name: String(number), value: rows })),
    },
  ]
}

/** The figure as lines of text, bars made of blocks. */
export function labelFigureText(figure: LabelFigure, width = 80): string[] {
  return [figure.title, ...panels(figure).flatMap((panel) => ['', ...panelText(panel, width)])]
}

function panelText({ title, bars }: Panel, width: number): string[] {
  const names = Math.max(...bars.map(({ name }) => name.length), 1)
  const values = Math.max(...bars.map(({ value }) => String(value).length), 1)
  const room = Math.max(10, width - names - values - 6)
  const most = Math.max(...bars.map(({ value }) => value), 1)
  const lines = bars.map(({ name, value }) => {
    const eighths = Math.round((value / most) * room * 8)
    const bar = '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!
    return `  ${name.padEnd(names)}  ${String(value).padStart(values)} ${bar}`.trimEnd()
  })
  return [title, ...lines]
}

const barHeight = 18
const barGap = 6
const barRoom = 240
const margin = 16
const charWidth = 7

/** The figure as an SVG image, panels side by side. */
export function labelFigureSvg(figure: LabelFigure): string {
  const parts = panels(figure).map(panelSvg)
  const height = Math.max(...parts.map((part) => part.height)) + 2 * margin + 24
  let x = margin
  const placed = parts.map((part) => {
    const group = `<g transform="translate(${x},${margin + 24})">${part.svg}</g>`
    x += part.width + 2 * margin
    return group
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${x}" height="${height}" viewBox="0 0 ${x} ${height}" `,
    'font-family="system-ui, sans-serif" font-size="12" role="img">',
    `<title>${escapeXml(figure.title)}</title>`,
    `<rect width="${x}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="${margin + 8}" font-weight="600" font-size="14">${escapeXml(figure.title)}</text>`,
    ...placed,
    '</svg>\n',
  ].join('\n')
}

function panelSvg({ title, bars }: Panel): { svg: string; width: number; height: number } {
  const names = Math.max(...bars.map(({ name }) => name.length), 1) * charWidth
  const most = Math.max(...bars.map(({ value }) => value), 1)
  const rows = bars.map(({ name, value }, i) => {
    const y = 24 + i * (barHeight + barGap)
    const length = Math.round((value / most) * barRoom * 10) / 10
    const middle = y + barHeight / 2 + 4
    return [
      `<text x="${names}" y="${middle}" text-anchor="end">${escapeXml(name)}</text>`,
      `<rect x="${names + 8}" y="${y}" width="${length}" height="${barHeight}" fill="#3b6ea5"/>`,
      `<text x="${names + 14 + length}" y="${middle}" fill="#444444">${value}</text>`,
    ].join('')
  })
  return {
    svg: `<text y="10" fill="#444444">${escapeXml(title)}</text>${rows.join('')}`,
    width: names + 8 + barRoom + 48,
    height: 24 + bars.length * (barHeight + barGap),
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
