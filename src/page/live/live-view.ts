import { seriesStyle } from '../../report/charts/series-style.ts'
import type { LivePoints, LiveStatus, LiveStep } from '../../serve/live-data.ts'
import { type ChartSeries, LineChart } from '../charts/line-chart.ts'
import { styleSample } from '../charts/style-sample.ts'
import { append, el, fill } from '../parts/dom.ts'
import { gridView, sentenceList } from '../parts/grid-view.ts'
import { TryIt } from './try-it.ts'

/** What happens now: steps, losses as they fall, failures, the machine, answers of the last test, and a place to ask models. */
export function liveView(): HTMLElement {
  const connection = el('p', { class: 'note', role: 'status' }, 'Connecting …')
  const parts = { steps: el('div'), curves: new LiveCurves(), sample: el('div'), ask: new TryIt() }
  const section = el(
    'section',
    { id: 'now', 'aria-labelledby': 'now-title' },
    el('h2', { id: 'now-title', class: 'section' }, 'Now'),
    connection,
    el('div', { class: 'card' }, parts.steps),
    parts.curves.view,
    parts.sample,
    parts.ask.view,
  )
  let shownAt: number | undefined
  // The browser connects again by itself, and says how far it has read.
  const events = new EventSource(`events${location.search}`)
  events.addEventListener('open', () => fill(connection, 'Connected'))
  events.addEventListener('error', () => fill(connection, 'The connection is lost: trying again …'))
  events.addEventListener('status', ({ data }: MessageEvent<string>) => {
    const status = JSON.parse(data) as LiveStatus
    shownAt ??= status.finished
    fill(parts.steps, ...stepsView(status, status.finished - shownAt))
    fill(parts.sample, sampleView(status))
    parts.ask.offer(status.models)
  })
  events.addEventListener('points', ({ data }: MessageEvent<string>) =>
    parts.curves.add(JSON.parse(data) as LivePoints),
  )
  return section
}

function stepsView({ finished, all, running, failed, waiting, machine }: LiveStatus, more: number): Node[] {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1)
  const views: (Node | undefined)[] = [
    el(
      'p',
      { class: 'told' },
      `${finished} of ${all} steps are finished, ${running.length} running, ${waiting.count} waiting, ${failed.length} failed.`,
    ),
    more > 0
      ? el(
          'p',
          {},
          `${more} more finished than below: `,
          el('button', { type: 'button', onclick: () => location.reload() }, 'Show their results'),
        )
      : undefined,
    running.length === 0 ? undefined : runningView(running),
    sentenceList(
      failed.map(({ label, reason }) => `${label} failed: ${reason}`),
      'warnings',
    ),
    waiting.count === 0
      ? undefined
      : el(
          'p',
          { class: 'note' },
          `Next: ${waiting.labels.join('; ')}${waiting.count > waiting.labels.length ? ' …' : ''}`,
        ),
    el(
      'p',
      { class: 'note' },
      `Machine: load ${machine.load} on ${machine.cpus} processors, ${gigabytes(machine.freeBytes)} of ${gigabytes(machine.allBytes)} GB free.`,
    ),
  ]
  return views.filter((view) => view !== undefined)
}

function runningView(running: readonly LiveStep[]): HTMLElement {
  const rows = running.map((step) => [step.label, '', rateOf(step), timeLeft(step), step.worker])
  return gridView(
    { header: ['step', 'done', 'rate', 'time left', 'by'], rows },
    {
      caption: 'Steps at work',
      cell: (_, column, row) => {
        const { done, total, unit, label } = running[row]!
        if (column !== 1 || total === 0) return undefined
        return el(
          'span',
          {},
          el('progress', { value: done, max: total, 'aria-label': label }),
          ` ${done} of ${total} ${unit}`,
        )
      },
    },
  )
}

function rateOf({ perSecond, unit }: LiveStep): string {
  return perSecond === undefined ? '' : `${perSecond} ${unit} a second`
}

function timeLeft({ perSecond, done, total }: LiveStep): string {
  if (perSecond === undefined || perSecond === 0) return ''
  const seconds = Math.round((total - done) / perSecond)
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

function sampleView({ sample }: LiveStatus): HTMLElement | undefined {
  if (sample === undefined) return undefined
  const rows = sample.rows.map(({ source, reference, answer }) => [source, reference, answer])
  return el(
    'div',
    { class: 'card' },
    el('h3', {}, 'Answers of the last test'),
    gridView({ header: ['source', 'reference', 'answer'], rows }, { caption: sample.label, showCaption: true }),
  )
}

/** Losses of the lessons at work, as they come. */
class LiveCurves {
  readonly view = el('div', { class: 'card' })
  readonly #chart = new LineChart('Training loss')
  readonly #legend = el('ul', { class: 'legend' })
  readonly #lessons = new Map<string, { readonly label: string; readonly points: Map<number, number | null> }>()
  #isWaiting = false

  constructor() {
    append(this.view, el('h3', {}, 'Training loss of lessons at work'), this.#chart.host, this.#legend)
    this.view.hidden = true
  }

  /** A point that comes twice, as where a lesson has gone on from an older state, is one point. */
  add({ key, label, points }: LivePoints): void {
    const lesson = this.#lessons.get(key) ?? { label, points: new Map() }
    this.#lessons.set(key, lesson)
    const [first] = points
    if (first !== undefined) for (const step of lesson.points.keys()) if (step > first[0]) lesson.points.delete(step)
    for (const [step, loss] of points) lesson.points.set(step, loss)
    if (this.#isWaiting) return
    this.#isWaiting = true
    setTimeout(() => this.#draw(), 200)
  }

  #draw(): void {
    this.#isWaiting = false
    this.view.hidden = false
    const series = [...this.#lessons.values()].map(({ label, points }, at): ChartSeries => {
      const x = [...points.keys()]
      const y = [...points.values()]
      return { label, style: seriesStyle(at), line: { x, y, low: y, high: y }, banded: false, marks: false }
    })
    this.#chart.show(series, {
      xLabel: 'updates',
      yLabel: 'training loss',
      xLog: false,
      yLog: false,
      onHover: () => {},
    })
    this.#legend.replaceChildren()
    for (const [at, { label, points }] of [...this.#lessons.values()].entries()) {
      const last = [...points].at(-1)
      const told = last === undefined ? '' : `${last[1]?.toPrecision(4) ?? '–'} after ${last[0]} updates`
      append(this.#legend, el('li', {}, styleSample(seriesStyle(at)), label, el('span', { class: 'value' }, told)))
    }
  }
}
