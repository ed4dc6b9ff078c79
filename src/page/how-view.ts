import type { PageGrid, PageHow, PageTreeNode } from '../report/page/page-data.ts'
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
    el(
      'article',
      { class: 'card' },
      el('h3', {}, 'Data'),
      gridOr(data, 'Rows of every task', 'No rows are prepared yet.'),
    ),
    el(
      'article',
      { class: 'card' },
      el('h3', {}, 'Settings'),
      lessons.header.length > 1
        ? gridView(lessons, { caption: 'Settings in which lessons differ' })
        : el('p', {}, ['No lesson is taught.', 'One lesson is taught.'][lessons.rows.length] ?? alike),
      commonSettings.rows.length > 0 &&
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
      gridOr(machines, 'Programs and machines', 'No step is finished yet.'),
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

const alike = 'All lessons have the same settings.'

/** A table, or a sentence where it has no rows. */
function gridOr(grid: PageGrid, caption: string, sentence: string): HTMLElement {
  return grid.rows.length === 0 ? el('p', {}, sentence) : gridView(grid, { caption })
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
