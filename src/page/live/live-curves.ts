import type { SeriesStyle } from '../../report/charts/series-style.ts'
import type { LivePoint, LivePoints, LiveTarget } from '../../serve/live-data.ts'
import { type ChartSeries, LineChart, shortNumber } from '../charts/line-chart.ts'
import { styleSample } from '../charts/style-sample.ts'
import { append, el } from '../parts/dom.ts'
import { ShownLessons } from './shown-lessons.ts'

const drawAfterMs = 200

/** Losses and scores of the lessons at work, as they come: a chart for each kind. */
export class LiveCurves {
  readonly view = el('div', { class: 'panels' })
  readonly #panels = new Map<string, CurvePanel>()
  readonly #lessons = new ShownLessons()
  #isWaiting = false

  /** @param running lessons at work */
  keep(running: ReadonlySet<string>): void {
    this.#lessons.keep(running)
  }

  add(told: LivePoints): void {
    const { key, curve } = told
    const panel = this.#panels.get(curve) ?? this.#newPanel(curve)
    panel.add(told, this.#styleOf(key))
    if (this.#isWaiting) return
    this.#isWaiting = true
    setTimeout(() => {
      this.#isWaiting = false
      for (const one of this.#panels.values()) one.draw()
    }, drawAfterMs)
  }

  #newPanel(curve: string): CurvePanel {
    const panel = new CurvePanel(curve)
    this.#panels.set(curve, panel)
    append(this.view, panel.view)
    return panel
  }

  #styleOf(key: string): SeriesStyle {
    const { style, gone } = this.#lessons.show(key)
    for (const panel of this.#panels.values()) for (const other of gone) panel.forget(other)
    return style
  }
}

interface Lesson {
  readonly label: string
  readonly style: SeriesStyle
  readonly points: Map<number, number | null>
  target: LiveTarget | undefined
}

class CurvePanel {
  readonly view: HTMLElement
  readonly #curve: string
  readonly #chart: LineChart
  readonly #legend = el('ul', { class: 'legend' })
  readonly #lessons = new Map<string, Lesson>()

  constructor(curve: string) {
    this.#curve = curve
    const title = `${curve[0]!.toUpperCase()}${curve.slice(1)}`
    this.#chart = new LineChart(`${title} of lessons at work`)
    this.view = el('div', { class: 'card', 'data-curve': curve }, el('h3', {}, title), this.#chart.host, this.#legend)
  }

  /** A point that comes twice, as where a lesson has gone on from an older state, is one point. */
  add({ key, label, points, target }: LivePoints, style: SeriesStyle): void {
    const lesson: Lesson = this.#lessons.get(key) ?? { label, style, points: new Map(), target }
    this.#lessons.set(key, lesson)
    lesson.target = target ?? lesson.target
    const [first] = points
    if (first !== undefined) for (const step of lesson.points.keys()) if (step > first[0]) lesson.points.delete(step)
    for (const [step, value] of points) lesson.points.set(step, value)
  }

  forget(key: string): void {
    this.#lessons.delete(key)
  }

  draw(): void {
    const lessons = [...this.#lessons.values()]
    const series = lessons.map(({ label, style, points, target }): ChartSeries => {
      const x = [...points.keys()]
      const y = [...points.values()]
      const line = { x, y, low: y, high: y }
      return { label, style, line, banded: false, marks: x.length <= 30, reach: reachOf([...points], target)?.[0] }
    })
    const scales = { xLog: false, yLog: false, xWhole: true }
    this.#chart.show(series, { xLabel: 'updates', yLabel: this.#curve, ...scales, onHover: () => {} })
    this.#legend.replaceChildren()
    for (const { label, style, points, target } of lessons) {
      const value = el('span', { class: 'value' }, valueTold([...points], target))
      append(this.#legend, el('li', { 'data-points': points.size }, styleSample(style), el('span', {}, label), value))
    }
  }
}

/** The first point that is as good as the fresh start was at its best. */
function reachOf(points: readonly LivePoint[], target: LiveTarget | undefined): LivePoint | undefined {
  if (target === undefined) return undefined
  return points.find(
    ([, value]) => value !== null && (target.lowIsBetter ? value <= target.value : value >= target.value),
  )
}

function valueTold(points: readonly LivePoint[], target: LiveTarget | undefined): string {
  const last = points.at(-1)
  if (last === undefined) return ''
  const now = `${last[1]?.toPrecision(4) ?? '–'} after ${last[0]} updates`
  if (target === undefined) return now
  const best = `the fresh start’s best, ${shortNumber(target.value)}`
  const reached = reachOf(points, target)
  return reached === undefined ? `${now}, not yet at ${best}` : `${now}, ◆ at ${best}, after ${reached[0]}`
}
