import type { BarPanel, CurvePanel, DotPanel, MatrixPanel, Panel } from '../../report/charts/figure.ts'
import type { DrawnFigure } from '../../report/page/plot-data.ts'
import { append, el, fill } from '../parts/dom.ts'
import { gridView } from '../parts/grid-view.ts'
import { nearestPoint } from './arm-line.ts'
import { LineChart, seriesStyleColour, shortNumber } from './line-chart.ts'
import { styleSample } from './style-sample.ts'

/** A figure as it is drawn on paper: its panels, then its legend. */
export function drawnFigure(host: HTMLElement, { panels, legend, title }: DrawnFigure): void {
  const list = el('div', { class: 'panels' })
  const charts: (() => void)[] = []
  for (const panel of panels) {
    const view = panelView(panel, { title, legend, charts })
    append(list, el('div', { class: 'panel' }, el('h4', {}, panel.title), view))
  }
  append(host, list)
  // A chart needs to know how wide it is; and whoever prints waits for nothing that is drawn later.
  for (const draw of charts) draw()
  if (legend.length === 0) return
  const names = el('ul', { class: 'legend' })
  for (const { label, style } of legend) append(names, el('li', {}, styleSample(style), el('span', {}, label)))
  append(host, names)
}

interface Drawing extends Pick<DrawnFigure, 'title' | 'legend'> {
  /** What draws the charts once they are in the page. */
  readonly charts: (() => void)[]
}

function panelView(panel: Panel, drawing: Drawing): HTMLElement {
  switch (panel.kind) {
    case 'curves':
      return curvesView(panel, drawing)
    case 'dots':
      return dotsView(panel)
    case 'bars':
      return barsView(panel)
    case 'matrix':
      return matrixView(panel)
  }
}

function curvesView(
  { title, curves, x, y, empty }: CurvePanel,
  { title: figure, legend, charts }: Drawing,
): HTMLElement {
  const drawn = [...curves.entries()].filter(([, { points }]) => points.length > 0)
  if (drawn.length === 0) return el('p', { class: 'note' }, empty)
  const told = el('p', { class: 'note place' })
  const chart = new LineChart(`${figure}: ${title}`)
  const nameOf = (at: number): string => (curves.length === legend.length ? legend[at]!.label : '')
  const series = drawn.map(([at, { points, style, marks }]) => {
    const number = (value: number): number | null => (Number.isFinite(value) ? value : null)
    const line = {
      x: points.map((point) => point.x),
      y: points.map((point) => number(point.y)),
      low: points.map((point) => number(point.low)),
      high: points.map((point) => number(point.high)),
    }
    return { label: nameOf(at), style, line, banded: true, marks }
  })
  const onHover = (place: number | undefined): void => {
    const values = series.flatMap(({ line, label }) => {
      const at = nearestPoint(line.x, place ?? line.x.at(-1) ?? 0)
      const value = line.y[at]
      return value === null || value === undefined
        ? []
        : [`${label} ${shortNumber(value)} at ${shortNumber(line.x[at]!)}`.trim()]
    })
    fill(told, values.join('; '))
  }
  charts.push(() =>
    chart.show(series, {
      xLabel: x.label,
      yLabel: y.label,
      xLog: x.scale === 'log',
      yLog: y.scale === 'log',
      xWhole: false,
      ticks: x.ticks,
      onHover,
    }),
  )
  return el('div', {}, chart.host, told)
}

function dotsView({ rows, empty, title }: DotPanel): HTMLElement {
  const values = rows.flatMap(({ value }) => (value === undefined ? [] : [value.low, value.high]))
  if (values.length === 0) return el('p', { class: 'note' }, empty)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const share = (value: number): string => `${(100 * (value - least)) / (most - least || 1)}%`
  const grid = {
    header: ['chain', title, ''],
    rows: rows.map(({ label, value }) => [label, value === undefined ? '–' : value.y.toPrecision(4), '']),
  }
  return gridView(grid, {
    caption: title,
    cell: (_, column, row) => {
      const { value, style } = rows[row]!
      if (column !== 2 || value === undefined) return undefined
      const range = el('span', { class: 'range' })
      range.style.setProperty('--from', share(value.low))
      range.style.setProperty('--to', share(value.high))
      range.style.setProperty('--at', share(value.y))
      range.style.setProperty('--colour', seriesStyleColour(style))
      return range
    },
  })
}

function barsView({ bars, what, title }: BarPanel): HTMLElement {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  return gridView(
    { header: [what, 'rows', ''], rows: bars.map(({ name, value }) => [name, String(value), '']) },
    {
      caption: title,
      cell: (_, column, row) => {
        if (column !== 2) return undefined
        const bar = el('span', { class: 'bar' })
        bar.style.setProperty('--share', `${(100 * bars[row]!.value) / most}%`)
        return bar
      },
    },
  )
}

/** Rows of one label that were answered with another; shades go by the share of the row's label. */
function matrixView({ names, counts, title }: MatrixPanel): HTMLElement {
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const grid = {
    header: ['label of the row', ...names],
    rows: counts.map((row, at) => [names[at] ?? '', ...row.map((count) => (count === 0 ? '·' : String(count)))]),
  }
  const view = gridView(grid, {
    caption: title,
    cell: (text, column, row) => {
      if (column === 0) return undefined
      const cell = el('span', { class: `heat-cell ${column - 1 === row ? 'gained' : 'lost'}` }, text)
      cell.style.setProperty('--strength', ((counts[row]![column - 1] ?? 0) / (sums[row] || 1)).toFixed(2))
      return cell
    },
  })
  view.classList.add('heat', 'matrix')
  return view
}
