import type { LivePoints, LiveQueue, LiveStatus, LiveStep } from '../../serve/live-data.ts'
import { el, fill } from '../parts/dom.ts'
import { gridView, sentenceList } from '../parts/grid-view.ts'
import { keepingPlace } from '../parts/keeping-place.ts'
import { EventStream } from './event-stream.ts'
import { LiveCurves } from './live-curves.ts'
import { TryIt } from './try-it.ts'

/** What happens now: steps, losses as they fall, failures, the machine, answers of the last test, and a place to ask models. @param onPage steps whose results the page has */
export function liveView(onPage: number): HTMLElement {
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
  const follow = (data: string): void => {
    const status = JSON.parse(data) as LiveStatus
    keepingPlace(parts.steps, () => fill(parts.steps, ...stepsView(status, status.finished - onPage)))
    keepingPlace(parts.sample, () => fill(parts.sample, sampleView(status)))
    parts.curves.keep(new Set(status.running.map(({ key }) => key)))
    parts.ask.offer(status.models)
  }
  const draw = (data: string): void => parts.curves.add(JSON.parse(data) as LivePoints)
  new EventStream(`events${location.search}`, { status: follow, points: draw }, (sentence) =>
    fill(connection, sentence),
  )
  return section
}

/** @param more finished steps than the page was made of; less than 0 where some are damaged or gone since */
function stepsView(status: LiveStatus, more: number): Node[] {
  const { finished, all, running, failed, damaged, notes, waiting, queue, machine } = status
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1)
  const counts = [
    `${finished} of ${all} steps are finished`,
    `${running.length} running`,
    `${waiting.count} waiting`,
    `${failed.length} failed`,
    ...(waiting.stuck === 0 ? [] : [`${waiting.stuck} need what has failed`]),
    ...(damaged.length === 0 ? [] : [`${damaged.length} damaged`]),
  ]
  const views: (Node | undefined)[] = [
    el('p', { class: 'told' }, `${counts.join(', ')}.`),
    more === 0 ? undefined : changeView(more),
    running.length === 0 ? undefined : runningView(running),
    ...(queue === undefined ? [] : queueViews(queue)),
    sentenceList(
      [
        ...notes,
        ...failed.map(({ label, reason }) => `${label} failed: ${reason}`),
        ...damaged.map(
          ({ label, reason }) => `"${label}" does not count, as ${reason}: "reteach run" has it done anew`,
        ),
      ],
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

function changeView(more: number): HTMLElement {
  const button = (text: string) => el('button', { type: 'button', onclick: () => location.reload() }, text)
  if (more > 0) return el('p', {}, `${more} more finished than below: `, button('Show their results'))
  const [steps, are] = more === -1 ? ['step', 'is'] : ['steps', 'are']
  const told = `${-more} ${steps} that the results below rest on ${are} damaged or gone: `
  return el('p', { class: 'warning' }, told, button('Show what is left'))
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

/** The jobs of a cluster: how many, and of the first ones where they run or why they wait. */
function queueViews({ running, waiting, jobs, note }: LiveQueue): (Node | undefined)[] {
  const isPartitioned = jobs.some(({ partition }) => partition !== '')
  const rows = jobs.map(({ label, id, isRunning, reason, nodes, partition }) => [
    label,
    id,
    isRunning ? 'runs' : 'waits',
    isRunning ? nodes : reason,
    ...(isPartitioned ? [partition] : []),
  ])
  const header = ['step', 'job', 'state', 'node, or why it waits', ...(isPartitioned ? ['partition'] : [])]
  const shown = jobs.length < running + waiting ? `, ${jobs.length} of them shown` : ''
  const count = jobs.length === 0 ? undefined : `Queue: ${running} running, ${waiting} waiting${shown}.`
  return [
    count === undefined ? undefined : el('p', {}, count),
    jobs.length === 0 ? undefined : gridView({ header, rows }, { caption: 'Jobs of the cluster' }),
    note === undefined ? undefined : el('p', { class: 'note' }, note),
  ]
}

function rateOf({ perSecond, unit }: LiveStep): string {
  return perSecond === undefined ? '' : `${perSecond} ${unit} a second`
}

function timeLeft({ perSecond, done, total }: LiveStep): string {
  if (perSecond === undefined || perSecond === 0) return ''
  const seconds = Math.round((total - done) / perSecond)
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
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
