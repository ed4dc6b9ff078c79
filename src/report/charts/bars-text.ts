import stringWidth from 'string-width'
import type { BarPanel, Figure } from './figure.ts'

/** A figure of bars as lines of text, the bars made of blocks. */
export function barsText({ title, panels }: Pick<Figure, 'title' | 'panels'>, width = 80): string[] {
  return [title, ...panels.flatMap((panel) => (panel.kind === 'bars' ? ['', ...panelText(panel, width)] : []))]
}

function panelText({ title, bars }: BarPanel, width: number): string[] {
  const names = Math.max(...bars.map(({ name }) => stringWidth(name)), 1)
  const values = Math.max(...bars.map(({ value }) => String(value).length), 1)
  const room = Math.max(10, width - names - values - 6)
  const most = Math.max(...bars.map(({ value }) => value), 1)
  const lines = bars.map(({ name, value }) => {
    const eighths = Math.round((value / most) * room * 8)
    const bar = '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!
    return `  ${name}${' '.repeat(names - stringWidth(name))}  ${String(value).padStart(values)} ${bar}`.trimEnd()
  })
  return [title, ...lines]
}
