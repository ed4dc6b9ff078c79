import uPlot from 'uplot'
import type { SeriesStyle } from '../../report/charts/series-style.ts'
import { el } from '../parts/dom.ts'
import { colourOf, onColours } from '../parts/theme.ts'
import { heightAt, type Line } from './arm-line.ts'

/** One line of a chart. */
export interface ChartSeries {
  readonly label: string
  readonly style: SeriesStyle
  readonly line: Line
  readonly banded: boolean
  readonly marks: boolean
  /** A place of the axis that is marked on the line. */
  readonly reach?: number | undefined
}

export interface ChartLook {
  readonly xLabel: string
  readonly yLabel: string
  readonly xLog: boolean
  readonly yLog: boolean
  /** Whether between two whole numbers of the axis there is nothing, as between two updates. */
  readonly xWhole: boolean
  /** Where marks of the axis are wanted. */
  readonly ticks?: readonly number[] | undefined
  readonly onHover: (place: number | undefined) => void
}

const height = 320

/** From one mark of an axis to the next: 1, 2, 5, 10 … */
const wholeSteps = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()

/** A chart in an element, which can be drawn anew with other lines. */
export class LineChart {
  readonly host: HTMLElement
  readonly #name: string
  #plot: uPlot | undefined
  #series: readonly ChartSeries[] = []
  #look: ChartLook | undefined
  /** Where the cursor was put, in pixels: uPlot tells of it once more when it has drawn. */
  #pointed: number | undefined

  constructor(name: string) {
    this.#name = name
    this.host = el('div', { class: 'chart', role: 'img', 'aria-label': name })
    new ResizeObserver(() => this.#fit()).observe(this.host)
    onColours(() => this.#draw())
  }

  /** @param series those that are to be seen, in the order in which they lie on each other */
  show(series: readonly ChartSeries[], look: ChartLook): void {
    const isSame = this.#plot !== undefined && shapeOf(series, look) === shapeOf(this.#series, this.#look)
    this.#series = series
    this.#look = look
    if (isSame) this.#refresh()
    else this.#draw()
  }

  /** The same lines have more points: a part that a reader looks at closely stays. */
  #refresh(): void {
    const plot = this.#plot!
    const [before] = plot.data
    const { min, max } = plot.scales.x!
    const isWhole = min === before[0] && max === before.at(-1)
    plot.setData(alignedData(this.#series), isWhole || before.length === 0)
    if (!isWhole) plot.redraw()
  }

  /** Moves the cursor to a place of the axis; nobody hovers there. */
  pointTo(place: number): void {
    const plot = this.#plot
    if (plot === undefined) return
    const left = plot.valToPos(place, 'x')
    // An axis on which all points are one has no other places.
    if (!Number.isFinite(left)) return
    this.#pointed = left
    plot.setCursor({ left, top: plot.over.clientHeight / 2 }, false)
  }

  #fit(): void {
    const width = this.host.clientWidth
    if (width > 0 && this.#plot !== undefined && this.#plot.width !== width) this.#plot.setSize({ width, height })
  }

  #draw(): void {
    const look = this.#look
    if (look === undefined) return
    this.#plot?.destroy()
    const data = alignedData(this.#series)
    this.host.setAttribute('aria-label', `${this.#name}: ${this.#series.map(({ label }) => label).join(', ')}`)
    this.#plot = new uPlot(this.#options(look), data, this.host)
  }

  #options(look: ChartLook): uPlot.Options {
    const text = colourOf('text')
    const [soft, line] = [colourOf('soft'), colourOf('line')]
    const bands = this.#series.flatMap((one, at): uPlot.Band[] =>
      one.banded ? [{ series: [3 * at + 3, 3 * at + 2], fill: translucent(seriesColour(one.style)) }] : [],
    )
    const axis = (label: string): uPlot.Axis => ({
      label,
      labelSize: 22,
      stroke: soft,
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1 },
    })
    return {
      width: Math.max(200, this.host.clientWidth),
      height,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false } },
      scales: { x: { time: false, distr: look.xLog ? 3 : 1 }, y: look.yLog ? { distr: 3, range: logRange } : {} },
      axes: [
        {
          ...axis(look.xLabel),
          size: 34,
          ...(look.xWhole && { incrs: wholeSteps }),
          ...(look.ticks && {
            splits: [...look.ticks],
            values: (_, splits) => splits.map((one) => String(one)),
            filter: (_, splits) => splits,
          }),
        },
        {
          ...axis(look.yLabel),
          size: 58,
          values: (_, splits) => splits.map((one) => (one === null ? '' : shortNumber(one))),
        },
      ],
      series: [{}, ...this.#series.flatMap(seriesOptions)],
      bands,
      hooks: {
        draw: [(plot) => drawReaches(plot, this.#series, text)],
        setCursor: [
          (plot) => {
            const { left } = plot.cursor
            if (left !== undefined && left === this.#pointed) return
            this.#pointed = undefined
            look.onHover(left === undefined || left < 0 ? undefined : plot.posToVal(left, 'x'))
          },
        ],
      },
    }
  }
}

/** uPlot's own would end a decade above whatever is a little more than a power of ten. */
function logRange(_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null) return [null, null]
  const [low, high] = uPlot.rangeLog(min, max, 10, false)
  const step = 10 ** Math.floor(Math.log10(max))
  return [low, min === max ? high : Math.ceil(max / step) * step]
}

/** All that is not the points of the lines. */
function shapeOf(series: readonly ChartSeries[], look: ChartLook | undefined): string {
  const lines = series.map(({ label, style, banded, marks }) => [label, style, banded, marks])
  return JSON.stringify([lines, look])
}

/** Lines of unlike places on one axis: uPlot wants one list of places for all. */
function alignedData(series: readonly ChartSeries[]): uPlot.AlignedData {
  const tables = series.map(({ line: { x, y, low, high } }): uPlot.AlignedData => [[...x], [...y], [...low], [...high]])
  const filled = tables.filter(([x]) => x.length > 0)
  if (filled.length === 0) return [[], ...series.flatMap(() => [[], [], []])]
  return uPlot.join(tables)
}

function seriesOptions({ style, marks }: ChartSeries): uPlot.Series[] {
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }
  const colour = seriesColour(style)
  const line: uPlot.Series = {
    stroke: colour,
    width: 2,
    points: { show: marks, size: 7, fill: colour },
    ...(style.dashes !== '' && { dash: style.dashes.split(' ').map(Number) }),
  }
  return [line, edge, edge]
}

/** A rhomb where a line is for the first time as good as the fresh start at its best. */
function drawReaches(plot: uPlot, series: readonly ChartSeries[], edge: string): void {
  const { ctx } = plot
  const size = 6 * devicePixelRatio
  for (const { line, reach, style } of series) {
    const y = reach === undefined ? null : heightAt(line, reach)
    if (reach === undefined || y === null) continue
    const [left, top] = [plot.valToPos(reach, 'x', true), plot.valToPos(y, 'y', true)]
    ctx.save()
    ctx.beginPath()
    ctx.moveTo(left, top - size)
    ctx.lineTo(left + size, top)
    ctx.lineTo(left, top + size)
    ctx.lineTo(left - size, top)
    ctx.closePath()
    ctx.fillStyle = seriesColour(style)
    ctx.strokeStyle = edge
    ctx.lineWidth = 1.5 * devicePixelRatio
    ctx.fill()
    ctx.stroke()
    ctx.restore()
  }
}

/** Colours of paper, lighter on a dark ground. */
const onDark: Readonly<Record<string, string>> = {
  '#0072b2': '#4ea8de',
  '#d55e00': '#f0883e',
  '#009e73': '#3fc796',
  '#000000': '#e6edf3',
  '#8c6d31': '#c9a961',
  '#0d0887': '#8f8bff',
  '#7e03a8': '#c77dff',
}

/** As a canvas takes it: of the colours that are shown now. */
function seriesColour({ colour }: SeriesStyle): string {
  return colourOf('is-dark') === 'rgb(1, 1, 1)' ? (onDark[colour] ?? colour) : colour
}

/** As a style takes it: follows when the page becomes light or dark. */
export function seriesStyleColour({ colour }: SeriesStyle): string {
  return `light-dark(${colour}, ${onDark[colour] ?? colour})`
}

function translucent(colour: string): string {
  return `${colour}2e`
}

/** As an axis has numbers: no more digits than tell them apart. */
export function shortNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  return size >= 1e5 || size < 1e-3 ? value.toExponential(0) : String(Number(value.toPrecision(4)))
}
