import type { PageGrid } from '../../report/page/page-data.ts'
import { append, el } from './dom.ts'

export interface GridLook {
  /** Told before the table to whoever does not see it. */
  readonly caption: string
  readonly showCaption?: boolean
  /** Rows whose first number is bold. */
  readonly bold?: readonly number[]
  /** The first of the rows that stand apart. */
  readonly apartFrom?: number
  /** By column: what a cell is shown as, instead of its text. */
  readonly cell?: (text: string, column: number, row: number) => Node | undefined
}

/** A table that scrolls by itself where it is wider than the screen. */
export function gridView({ header, rows }: PageGrid, look: GridLook): HTMLElement {
  const { caption, bold = [], apartFrom = rows.length } = look
  const numeric = header.map(
    (_, column) =>
      column > 0 && rows.some((row) => row[column] !== '') && rows.every((row) => isNumber(row[column] ?? '')),
  )
  const body = el('tbody')
  for (const [at, row] of rows.entries()) {
    const line = el('tr', { class: at >= apartFrom ? 'apart' : undefined })
    for (const [column, text] of row.entries()) append(line, cellOf(text, column, at))
    append(body, line)
  }
  function cellOf(text: string, column: number, at: number): HTMLElement {
    const shown = look.cell?.(text, column, at) ?? text
    const isBold = column === 1 && bold.includes(at)
    const attributes = { class: numeric[column] ? 'number' : undefined }
    const content = isBold ? el('strong', {}, shown) : shown
    return column === 0 ? el('th', { scope: 'row' }, content) : el('td', attributes, content)
  }
  const head = el('tr')
  for (const [column, name] of header.entries()) {
    append(head, el('th', { scope: 'col', class: numeric[column] ? 'number' : undefined }, name))
  }
  const title = el('caption', { class: look.showCaption ? undefined : 'unseen' }, el('span', {}, caption))
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el('table', {}, title, el('thead', {}, head), body),
  )
}

function isNumber(text: string): boolean {
  return /^[<>+-]?\s?[\d.,]+(?:\s[±*]?.*)?$|^–?$/u.test(text)
}

/** Sentences as a list; nothing where there are none. */
export function sentenceList(sentences: readonly string[], name = ''): HTMLElement | undefined {
  if (sentences.length === 0) return undefined
  const list = el('ul', { class: `sentences ${name}`.trim() })
  for (const sentence of sentences) append(list, el('li', {}, sentence))
  return list
}
