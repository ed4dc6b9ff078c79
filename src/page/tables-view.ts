import type { PageFiles, PageTable } from '../report/page/page-data.ts'
import { append, el } from './parts/dom.ts'
import { gridView, sentenceList } from './parts/grid-view.ts'
import { saveFile } from './parts/save-file.ts'

/** The study's tables, each with its comparisons and what it can be saved as. */
export function tablesView(tables: readonly PageTable[], files: () => Promise<PageFiles>): HTMLElement {
  const section = el(
    'section',
    { id: 'tables', 'aria-labelledby': 'tables-title' },
    el('h2', { id: 'tables-title', class: 'section' }, 'Tables'),
  )
  for (const table of tables) append(section, tableView(table, files))
  if (tables.length === 0) append(section, el('p', {}, 'No test is finished yet.'))
  return section
}

function tableView(table: PageTable, files: () => Promise<PageFiles>): HTMLElement {
  const { title, scores, comparisons, leaks, leakLine, finding, bold, floorsFrom } = table
  const view = el(
    'article',
    { class: 'card', 'data-table': table.stem },
    el('h3', {}, title),
    el('p', { class: 'told' }, finding),
    gridView(scores, { caption: `${title}: scores`, bold, apartFrom: floorsFrom, cell: healthCell }),
    sentenceList(table.health, 'warnings'),
  )
  if (comparisons.rows.length > 0) {
    append(
      view,
      el('h4', {}, 'Differences'),
      gridView(comparisons, { caption: `${title}: differences`, cell: verdictCell }),
    )
  }
  if (table.differences.length > 0)
    append(view, el('h4', {}, 'Not alike besides the start'), sentenceList(table.differences))
  const more = el('details', {}, el('summary', {}, 'Leaked rows, and what the numbers are'))
  append(more, leakLine !== undefined && el('p', {}, leakLine))
  if (leaks.rows.length > 0) append(more, gridView(leaks, { caption: `${title}: scores without leaked rows` }))
  append(more, sentenceList(table.notes, 'notes'))
  append(view, more, saveButtons(table, files))
  return view
}

/** `(!)` marks a row whose answers are not in order. */
function healthCell(text: string, column: number): Node | undefined {
  if (column !== 0 || !text.endsWith(' (!)')) return undefined
  const mark = el('span', { class: 'mark', title: 'something is wrong with its answers: see below' }, '(!)')
  const name = el('span', {}, text.slice(0, -3))
  append(name, mark)
  return name
}

const verdictClasses: Readonly<Record<string, string>> = { better: 'better', worse: 'worse' }

function verdictCell(text: string, column: number): Node | undefined {
  return column === 6 ? el('span', { class: `chip ${verdictClasses[text] ?? 'unsure'}` }, text) : undefined
}

function saveButtons({ title, files: offered }: PageTable, files: () => Promise<PageFiles>): HTMLElement {
  const bar = el('p', { class: 'buttons' }, el('span', {}, 'Save as'))
  for (const { label, name } of offered) {
    const onclick = async (): Promise<void> => saveFile(name, (await files())[name] ?? '')
    append(bar, el('button', { type: 'button', onclick, 'aria-label': `Save ${title} as ${label}` }, label))
  }
  return bar
}
