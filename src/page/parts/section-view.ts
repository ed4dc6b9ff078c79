import type { PageSection } from '../../report/page/page-data.ts'
import { append, el } from './dom.ts'
import { gridView, sentenceList } from './grid-view.ts'

/** A part of the evidence: sentences, a table, notes. */
export function sectionView({ title, sentences, grid, notes }: PageSection, titled = true): HTMLElement {
  const view = el('div', { class: 'part' }, titled && el('h3', {}, title), sentenceList(sentences))
  if (grid !== undefined) append(view, gridView(grid, { caption: title }))
  append(view, sentenceList(notes, 'notes'))
  return view
}
