import type { PageAnswer, PageData, PageShare, PageTransfer } from '../report/page/page-data.ts'
import { append, el } from './parts/dom.ts'
import { gridView, sentenceList } from './parts/grid-view.ts'
import { sectionView } from './parts/section-view.ts'

/** The first screen: question, an answer for each task, and what lessons do to each other. */
export function answersView({ answers, transfer, steps, study }: PageData): HTMLElement {
  const section = el(
    'section',
    { id: 'answers', 'aria-labelledby': 'answers-title' },
    el('p', { class: 'study' }, study),
    el('h1', { id: 'answers-title' }, 'Teach a fresh model, or one that has been taught before?'),
    progressLine(steps),
  )
  const list = el('div', { class: 'answers' })
  for (const answer of answers) append(list, answerCard(answer))
  append(section, answers.length === 0 ? el('p', {}, 'No test is finished yet.') : list)
  if (transfer !== undefined) append(section, transferView(transfer))
  return section
}

function progressLine({ finished, all, failed, damaged }: PageData['steps']): HTMLElement | false {
  if (finished === all) return false
  const more = `${failed === 0 ? '' : `, ${failed} failed`}${damaged === 0 ? '' : `, ${damaged} damaged`}`
  return el('p', { class: 'warning' }, `${finished} of ${all} steps are finished${more}: these answers may change.`)
}

/** What the rules came to, in a word or two. */
const verdicts: Readonly<Record<string, string>> = {
  'other-start': 'a taught start is better',
  'fresh-start': 'the fresh start is best',
  'not-separable': 'no start shown to be better',
  'one-seed': 'one seed: not known',
  'no-choice': 'nothing to choose',
  'nothing-learnt': 'nothing learnt yet',
  incomplete: 'not finished',
}

function answerCard({ task, verdict, confidence, sentence, reasons, warnings, candidates }: PageAnswer): HTMLElement {
  const chips = el('p', { class: 'chips' }, el('span', { class: `chip ${verdict}` }, verdicts[verdict] ?? verdict))
  if (confidence !== '') append(chips, el('span', { class: 'chip' }, confidence))
  if (warnings.length > 0) {
    append(
      chips,
      el('span', { class: 'chip warns' }, warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`),
    )
  }
  const card = el('article', { class: 'card answer' }, el('h2', {}, task), chips, el('p', { class: 'told' }, sentence))
  const more = el('details', {}, el('summary', {}, 'What this rests on'))
  append(more, sentenceList(reasons), sentenceList(warnings, 'warnings'))
  if (candidates !== undefined) append(more, gridView(candidates, { caption: `Starts of ${task}` }))
  if (more.childElementCount > 1) append(card, more)
  return card
}

function transferView({ tasks, rows, sentences, notes, changes }: PageTransfer): HTMLElement {
  const grid = {
    header: ['checkpoint', ...tasks],
    rows: rows.map(({ checkpoint, cells }) => [checkpoint, ...cells.map((cell) => cell?.score ?? '–')]),
  }
  const map = gridView(grid, {
    caption: 'Every checkpoint on every task',
    cell: (_, column, row) => {
      const share = column === 0 ? undefined : rows[row]?.cells[column - 1]
      return share && shareCell(share)
    },
  })
  map.classList.add('heat')
  return el(
    'div',
    { class: 'card' },
    el('h2', {}, 'Transfer and forgetting'),
    el(
      'p',
      { class: 'note' },
      'Scores of every checkpoint on every task, and what they are of the fresh start’s. ',
      legendItem('lost', 'less'),
      legendItem('gained', 'more'),
    ),
    map,
    sentenceList(sentences),
    sentenceList(notes, 'notes'),
    changes && el('details', {}, el('summary', {}, changes.title), sectionView(changes, false)),
  )
}

function legendItem(kind: 'lost' | 'gained', word: string): HTMLElement {
  const sample = el('span', { class: `heat-cell ${kind} sample` }, word)
  sample.style.setProperty('--strength', '0.8')
  return sample
}

function percent(share: number): number {
  return Math.round(share * 100)
}

/** Colour says how far from the fresh start's score; the number says it, too. */
function shareCell({ score, share, half }: PageShare): HTMLElement {
  if (share === undefined) return el('span', { class: 'heat-cell' }, score)
  // The root, so that a tenth less is seen beside a half less.
  const strength = Math.min(1, Math.sqrt(Math.abs(share - 1)))
  const cell = el(
    'span',
    { class: `heat-cell ${share < 1 ? 'lost' : 'gained'}` },
    el('span', { class: 'score' }, score),
    el('span', { class: 'share' }, half ? `${percent(share)} ±${percent(half)} %` : `${percent(share)} %`),
  )
  cell.style.setProperty('--strength', strength.toFixed(2))
  return cell
}
