import './page.css'
import type { PageExamples } from '../report/page/example-data.ts'
import type { PageFiles } from '../report/page/page-data.ts'
import type { PagePlots } from '../report/page/plot-data.ts'
import { answersView } from './answers-view.ts'
import { figuresView } from './charts/figures-view.ts'
import { examplesView } from './examples-view.ts'
import { howView } from './how-view.ts'
import { liveView } from './live/live-view.ts'
import { append, el } from './parts/dom.ts'
import { readFirst, unpack } from './parts/islands.ts'
import { themeButton } from './parts/theme.ts'
import { tablesView } from './tables-view.ts'

const data = readFirst()
const main = el('main', { id: 'main' }, data.live && liveView(data.steps.finished), answersView(data))
append(document.body, header(), main)

// The first screen is shown before the rest of the file has been read.
document.addEventListener('DOMContentLoaded', () =>
  requestAnimationFrame(() => setTimeout(() => void showRest().catch(tellFault), 0)),
)

/** On paper nothing can be opened: what the answers rest on, and what the numbers of the tables are, is shown there. */
function openForPaper(): void {
  const closed = [...document.querySelectorAll<HTMLDetailsElement>(':is(#answers, #tables) details:not([open])')]
  for (const one of closed) one.open = true
  addEventListener(
    'afterprint',
    () => {
      for (const one of closed) one.open = false
    },
    { once: true },
  )
}
addEventListener('beforeprint', openForPaper)

async function showRest(): Promise<void> {
  const figures = el('section', { id: 'figures', 'aria-labelledby': 'figures-title' })
  const examples = el('section', { id: 'examples', 'aria-labelledby': 'examples-title' })
  const files = once(() => unpack<PageFiles>('files'))
  append(main, tablesView(data.tables, files), figures, examples, howView(data.how), footer())
  figuresView(figures, await unpack<PagePlots>('plots'))
  const { sets, notes } = await unpack<PageExamples>('examples')
  examplesView(examples, sets, notes)
  document.documentElement.dataset.ready = 'true'
}

/** An old browser, or a page that was cut: what could not be shown is said. */
function tellFault(error: unknown): void {
  const sentence = `The rest of this page could not be shown: ${error instanceof Error ? error.message : String(error)}`
  append(main, el('p', { class: 'warning', role: 'alert' }, sentence))
}

function header(): HTMLElement {
  const places = [
    ...(data.live ? [['now', 'Now'] as const] : []),
    ['answers', 'Answers'],
    ['tables', 'Tables'],
    ['figures', 'Figures'],
    ['examples', 'Examples'],
    ['how', 'How it was done'],
  ] as const
  const list = el('ul')
  for (const [id, name] of places) append(list, el('li', {}, el('a', { href: `#${id}` }, name)))
  return el(
    'header',
    { class: 'top' },
    el('a', { class: 'skip', href: '#main' }, 'To the answers'),
    el('nav', { 'aria-label': 'Parts of the page' }, list),
    themeButton(),
  )
}

function footer(): HTMLElement {
  return el('footer', {}, el('p', {}, `Written by ${data.program}. This file asks for nothing of the network.`))
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
