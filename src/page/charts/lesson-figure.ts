import type { ArmCurves, LessonFigure, PlotArm, PlotAxis } from '../../report/page/plot-data.ts'
import { append, choice, el, fill } from '../parts/dom.ts'
import { gridView, sentenceList } from '../parts/grid-view.ts'
import { armLine, type Band, heightAt, type Line, type LineChoice, logOf } from './arm-line.ts'
import { type ChartSeries, LineChart, shortNumber } from './line-chart.ts'
import { styleSample } from './style-sample.ts'

interface Choices extends LineChoice {
  readonly yLog: boolean
}

/** A figure of losses: the reader chooses axis, scale, smoothing, band and which arms are seen. */
export class LessonFigureView {
  readonly #figure: LessonFigure
  readonly #logs: Readonly<Record<string, ArmCurves>>
  readonly #chart: LineChart
  readonly #legend = el('ul', { class: 'legend' })
  readonly #place = el('output', { class: 'note place' })
  readonly #slider = el('input', { type: 'range', min: 0, max: 1000, value: 1000, 'aria-label': 'Place on the axis' })
  readonly #reaches = el('div')
  readonly #numbers = el('div')
  #choices: Choices
  #alone: number | undefined
  /** Of the axis, where the slider was moved to. */
  #share: number | undefined
  #lines: readonly Line[] = []
  readonly #values: HTMLElement[] = []

  constructor(host: HTMLElement, figure: LessonFigure, logs: Readonly<Record<string, ArmCurves>>) {
    this.#figure = figure
    this.#logs = logs
    this.#chart = new LineChart(figure.title)
    const severalSeeds = figure.arms.some((arm) => this.#curves(arm).seeds.length > 1)
    this.#choices = {
      log: figure.log,
      axis: figure.x,
      smoothing: 0.02,
      band: severalSeeds ? 'seeds' : 'spikes',
      yLog: figure.scale === 'log',
    }
    this.#slider.addEventListener('input', () => {
      this.#share = Number(this.#slider.value) / 1000
      this.#tellChosen()
    })
    const numbers = el('details', {}, el('summary', {}, 'The numbers'), this.#numbers)
    numbers.addEventListener('toggle', () => this.#tellNumbers())
    const slider = el('label', { class: 'slider' }, el('span', {}, 'Place'), this.#slider)
    append(host, this.#controls(), this.#chart.host, slider, this.#place, this.#legend, this.#reaches, numbers)
    this.#draw()
  }

  #curves({ log }: PlotArm): ArmCurves {
    return this.#logs[log]!
  }

  #controls(): HTMLElement {
    const { arms } = this.#figure
    const { log, axis, band, smoothing, yLog } = this.#choices
    const axes = (['updates', 'tokens', 'epochs', 'minutes'] as const).filter((name) =>
      arms.some(({ perUpdate }) => perUpdate[name] !== undefined),
    )
    const bands = [
      ['seeds', 'lowest to highest seed'],
      ['spikes', 'lowest to highest update'],
      ['none', 'none'],
    ] as const
    const smoothings = [
      ['0', 'none'],
      ['0.02', '2 % of the line'],
      ['0.05', '5 %'],
      ['0.1', '10 %'],
    ] as const
    const change = (changed: Partial<Choices>): void => {
      this.#choices = { ...this.#choices, ...changed }
      this.#draw()
    }
    const bar = el('div', { class: 'controls' })
    const logs = this.#logNames()
    if (logs.length > 1) {
      const names = logs.map((name) => [name, curveName(name)] as const)
      append(
        bar,
        choice('Curve', names, log, (value) => change({ log: value })),
      )
    }
    append(
      bar,
      choice(
        'Over',
        axes.map((name) => [name, name]),
        axis,
        (value) => change({ axis: value as PlotAxis }),
      ),
      choice(
        'Scale',
        [
          ['linear', 'linear'],
          ['log', 'log'],
        ],
        yLog ? 'log' : 'linear',
        (value) => change({ yLog: value === 'log' }),
      ),
      choice('Smoothing', smoothings, String(smoothing), (value) => change({ smoothing: Number(value) })),
      choice('Band', bands, band, (value) => change({ band: value as Band })),
    )
    return bar
  }

  /** Curves that any arm has: its losses, then the scores of its evaluations. */
  #logNames(): string[] {
    const arms = this.#figure.arms.map((arm) => this.#curves(arm))
    const scores = new Set(arms.flatMap((curves) => Object.keys(curves.scores)))
    return ['train', 'validation', ...scores].filter(
      (name) => name === 'train' || arms.some((curves) => logOf(curves, name).updates.length > 0),
    )
  }

  #draw(): void {
    const { arms } = this.#figure
    const choices = this.#choices
    this.#lines = arms.map((arm) => armLine(arm, this.#curves(arm), choices))
    const series = arms.flatMap((arm, at): ChartSeries[] => {
      if (this.#alone !== undefined && this.#alone !== at) return []
      const factor = arm.perUpdate[choices.axis]
      const marks = this.#lines[at]!.x.length <= 30
      const reach = arm.reach?.updates && factor && arm.reach.updates * factor
      return [
        { label: arm.label, style: arm.style, line: this.#lines[at]!, banded: choices.band !== 'none', marks, reach },
      ]
    })
    this.#chart.show(series, {
      xLabel: choices.axis,
      yLabel: curveName(choices.log),
      xLog: false,
      // A score of nothing has no place on such a scale.
      yLog: choices.yLog && isLoss(choices.log),
      xWhole: isWhole(choices.axis),
      onHover: (place) => (place === undefined ? this.#tellChosen() : this.#tell(place)),
    })
    this.#tellLegend()
    this.#tellChosen()
    this.#tellReaches()
    this.#tellNumbers()
  }

  /** A button for each arm: pressed, it is seen alone. */
  #tellLegend(): void {
    const list = this.#legend
    const focused = [...list.querySelectorAll('button')].indexOf(document.activeElement as HTMLButtonElement)
    list.replaceChildren()
    this.#values.length = 0
    for (const [at, arm] of this.#figure.arms.entries()) {
      const isAlone = this.#alone === at
      const value = el('span', { class: 'value' })
      this.#values.push(value)
      const onclick = (): void => {
        this.#alone = isAlone ? undefined : at
        this.#draw()
      }
      const seeds = this.#curves(arm).seeds.length
      const label = seeds === 0 ? `${arm.label} (not finished)` : arm.label
      const title = isAlone ? 'Show all' : 'Show it alone'
      const faint = this.#alone !== undefined && !isAlone
      const button = el(
        'button',
        { type: 'button', onclick, title, 'aria-pressed': String(isAlone), class: faint ? 'faint' : undefined },
        styleSample(arm.style),
        el('span', {}, label),
      )
      append(list, el('li', {}, button, value))
    }
    if (focused >= 0) list.querySelectorAll('button')[focused]?.focus()
  }

  /** Values where the slider stands. */
  #tellChosen(): void {
    if (this.#share === undefined) this.#tell(undefined)
    else this.#pointTo(this.#share)
  }

  #pointTo(share: number): void {
    const all = this.#lines.flatMap(({ x }) => [x[0] ?? 0, x.at(-1) ?? 0])
    const [first, last] = [Math.min(...all), Math.max(...all)]
    // Rounding may go beyond the last point, where no line is.
    const there = Math.min(last, first + share * (last - first))
    const place = isWhole(this.#choices.axis) ? Math.round(there) : there
    this.#chart.pointTo(place)
    this.#tell(place)
  }

  /** Values of every arm at a place, or at its end. */
  #tell(place: number | undefined): void {
    const { axis } = this.#choices
    const at =
      place === undefined ? undefined : shortNumber(isWhole(axis) ? Math.round(place) : Number(place.toPrecision(4)))
    const unit = at === '1' ? axis.slice(0, -1) : axis
    fill(this.#place, at === undefined ? 'At the end of each line:' : `At ${at} ${unit}:`)
    const told = this.#lines.map((line, at) => {
      const value = valueAt(line, place)
      fill(this.#values[at]!, value)
      return `${this.#figure.arms[at]!.label} ${value}`
    })
    this.#slider.setAttribute('aria-valuetext', `${this.#place.textContent} ${told.join('; ')}`)
  }

  #tellReaches(): void {
    const told = this.#figure.arms.flatMap(({ reach }) => reach?.sentence ?? [])
    const gaps = this.#figure.arms.reduce((sum, arm) => sum + logOf(this.#curves(arm), this.#choices.log).gaps, 0)
    if (gaps > 0) told.push(`${gaps} of the values are no finite numbers: a gap in a line.`)
    fill(
      this.#reaches,
      told.length > 0 &&
        el('p', { class: 'note' }, '◆ where a line is for the first time as good as the fresh start at its best:'),
      sentenceList(told, 'notes'),
    )
  }

  /** For whoever does not see the picture: a dozen places of each line. */
  #tellNumbers(): void {
    if (!(this.#numbers.parentElement as HTMLDetailsElement).open) return
    const ends = this.#lines.flatMap(({ x }) => x.at(-1) ?? [])
    const end = ends.length === 0 ? 0 : Math.max(...ends)
    const places = Array.from({ length: 13 }, (_, i) => (i * end) / 12)
    const rows = places.map((place) => [shortNumber(place), ...this.#lines.map((line) => valueAt(line, place))])
    const header = [this.#choices.axis, ...this.#figure.arms.map(({ label }) => label)]
    fill(this.#numbers, gridView({ header, rows }, { caption: `${this.#figure.title}: the numbers` }))
  }
}

/** `training loss`, `validation macro_f1`. */
function curveName(log: string): string {
  if (log === 'train') return 'training loss'
  return log === 'validation' ? 'validation loss' : `validation ${log}`
}

function isWhole(axis: PlotAxis): boolean {
  return axis === 'updates' || axis === 'tokens'
}

function isLoss(log: string): boolean {
  return log === 'train' || log === 'validation'
}

function valueAt(line: Line, place: number | undefined): string {
  const at = place ?? line.x.at(-1)
  if (at === undefined) return '–'
  const [y, low, high] = [line.y, line.low, line.high].map((list) => heightAt({ ...line, y: list }, at))
  if (y === null || y === undefined) return '–'
  return low === high || low === null || high === null
    ? y.toPrecision(4)
    : `${y.toPrecision(4)} (${low!.toPrecision(4)} to ${high!.toPrecision(4)})`
}
