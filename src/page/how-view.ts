import type { PageHow, PageTreeNode } from '../report/page/page-data.ts'
import { append, el } from './parts/dom.ts'
import { gridView } from './parts/grid-view.ts'
import { sectionView } from './parts/section-view.ts'

/** How the study was done: lessons, data, settings, costs, machines, steps. */
export function howView({ tree, data, lessons, commonSettings, sections, machines, steps }: PageHow): HTMLElement {
  const view = el(
    'section',
    { id: 'how', 'aria-labelledby': 'how-title' },
    el('h2', { id: 'how-title', class: 'section' }, 'How it was done'),
    el('article', { class: 'card' }, el('h3', {}, 'Starts and lessons'), treeList(tree)),
    el('article', { class: 'card' }, el('h3', {}, 'Data'), gridView(data, { caption: 'Rows of every task' })),
    el(
      'article',
      { class: 'card' },
      el('h3', {}, 'Settings'),
      gridView(lessons, { caption: 'Settings in which lessons differ' }),
      el(
        'details',
        {},
        el('summary', {}, 'Settings that all lessons share'),
        gridView(commonSettings, { caption: 'Settings that all lessons share' }),
      ),
    ),
  )
  for (const section of sections) append(view, el('article', { class: 'card' }, sectionView(section)))
  append(
    view,
    el(
      'article',
      { class: 'card' },
      el('h3', {}, 'Programs and machines'),
      gridView(machines, { caption: 'Programs and machines' }),
    ),
    el(
      'article',
      { class: 'card' },
      el('h3', {}, 'Steps'),
      el(
        'p',
        { class: 'note' },
        'A step’s key is the hash of everything that can change its result; its folder in the store has that name.',
      ),
      el(
        'details',
        {},
        el('summary', {}, `All ${steps.rows.length} steps with their keys`),
        gridView(steps, { caption: 'Steps with their keys' }),
      ),
    ),
  )
  return view
}

function treeList(nodes: readonly PageTreeNode[]): HTMLElement {
  const list = el('ul', { class: 'tree' })
  for (const node of nodes) append(list, el('li', {}, treeNode(node), node.after.length > 0 && treeList(node.after)))
  return list
}

const stateWords = { finished: 'finished', failed: 'failed', open: 'not finished' } as const

function treeNode({ name, kind, detail, state, tests }: PageTreeNode): HTMLElement {
  const node = el(
    'div',
    { class: `node ${kind} ${state}` },
    el('strong', {}, name),
    el('span', { class: 'note' }, detail),
  )
  if (state !== 'finished') append(node, el('span', { class: 'chip warns' }, stateWords[state]))
  if (tests.length > 0) append(node, el('span', { class: 'note' }, `tested on ${tests.join(', ')}`))
  return node
}
