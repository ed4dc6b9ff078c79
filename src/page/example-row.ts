import type { ExampleAnswer, ExampleRow, ExampleSet } from '../report/page/example-data.ts'
import { armsInView, chainsOf } from './example-filter.ts'
import { append, el } from './parts/dom.ts'
import { differenceOf } from './text-difference.ts'

/** A row: its source, its reference, and side by side every answer with the chains that gave it. */
export function exampleRow(set: ExampleSet, at: number, seed: number | undefined, searched: string): HTMLElement {
  const row = set.rows[at]!
  const answers = el('div', { class: 'given' })
  for (const [number, names] of namesByAnswer(set, at, seed))
    append(answers, answerView(set, row, row.answers[number]!, names))
  return el(
    'li',
    { class: 'card', value: at + 1 },
    el('h3', { class: 'note' }, `Row ${at + 1}`),
    el('div', { class: 'texts' }, textBlock('Source', row.source, searched), referenceBlock(set, row, searched)),
    answers,
  )
}

/** Answers in the order of the chains that give them first. */
function namesByAnswer(set: ExampleSet, at: number, seed: number | undefined): Map<number, string[]> {
  const found = new Map<number, string[]>()
  for (const chain of chainsOf(set)) {
    const arms = armsInView(set, chain, seed)
    const numbers = [...new Set(arms.map(({ given }) => given[at]!))]
    for (const number of numbers) {
      const seeds = arms.filter(({ given }) => given[at] === number).map((arm) => arm.seed)
      const isAll = seeds.length === arms.length && (seed === undefined || arms[0]!.seed === seed)
      const name = isAll ? chain : `${chain}, seed ${seeds.join(', ')}`
      found.set(number, [...(found.get(number) ?? []), name])
    }
  }
  return found
}

function textBlock(name: string, text: string, searched: string): HTMLElement {
  return el('div', { class: 'text' }, el('h4', {}, name), paragraph(name, text, searched))
}

function referenceBlock({ classes }: ExampleSet, { reference, labels }: ExampleRow, searched: string): HTMLElement {
  if (classes === undefined || labels === undefined) return textBlock('Reference', reference, searched)
  return el('div', { class: 'text' }, el('h4', {}, 'Labels'), labelChips(classes, labels))
}

function labelChips(classes: readonly string[], labels: readonly number[], wanted = labels): HTMLElement {
  const chips = el('p', { class: 'chips' })
  for (const label of labels) {
    append(chips, el('span', { class: `chip label ${wanted.includes(label) ? '' : 'extra'}` }, classes[label] ?? ''))
  }
  for (const label of wanted.filter((one) => !labels.includes(one))) {
    append(
      chips,
      el('span', { class: 'chip label missing' }, el('span', { class: 'unseen' }, 'missing: '), classes[label] ?? ''),
    )
  }
  if (labels.length === 0) append(chips, el('span', { class: 'chip label' }, 'no label'))
  return chips
}

function answerView(set: ExampleSet, row: ExampleRow, answer: ExampleAnswer, names: readonly string[]): HTMLElement {
  const { right, score } = answer
  const told = score === null ? '' : `${set.score.name} ${score}`
  const arms = el('p', { class: 'arms' })
  for (const name of names) append(arms, el('span', { class: 'arm' }, name))
  return el(
    'div',
    { class: `answer-given ${right ? 'right' : 'wrong'}` },
    arms,
    el(
      'p',
      { class: 'note' },
      el('span', { class: right ? 'is-right' : 'is-wrong' }, right ? '✓ right' : '✗ not the reference'),
      told === '' ? '' : ` · ${told}`,
    ),
    answerText(set, row, answer),
  )
}

function answerText(
  { classes }: ExampleSet,
  row: ExampleRow,
  { text, labels, unknown = [] }: ExampleAnswer,
): HTMLElement {
  if (classes !== undefined && labels !== undefined) {
    const chips = labelChips(classes, labels, row.labels)
    for (const piece of unknown)
      append(chips, el('span', { class: 'chip label unknown' }, el('span', { class: 'unseen' }, 'no label: '), piece))
    return chips
  }
  const shown = bodyOf('Answer', text)
  for (const { text: piece, shared } of differenceOf(text, row.reference))
    append(shown, shared ? piece : el('mark', { class: 'differs' }, piece))
  return shown
}

/** Texts that are longer scroll by themselves. */
const longLength = 1000

/** Where a text is to stand; that there is none is said. What scrolls can be reached by keys. */
function bodyOf(name: string, text: string): HTMLElement {
  const long = text.length > longLength && { tabindex: 0, role: 'region', 'aria-label': `${name}, a long text` }
  const body = el('p', { ...long, class: long ? 'body long' : 'body', lang: languageOf(text) })
  if (text === '') append(body, el('em', {}, '(empty)'))
  return body
}

/** Fonts and line breaks of Chinese text are others than those of Latin letters. */
function languageOf(text: string): string | undefined {
  if (/[\u3040-\u30ff]/u.test(text)) return 'ja'
  return /\p{Script=Han}/u.test(text) ? 'zh' : undefined
}

function paragraph(name: string, text: string, searched: string): HTMLElement {
  const shown = bodyOf(name, text)
  const wanted = searched.trim().toLowerCase()
  const lower = text.toLowerCase()
  // Letters whose lower case is longer would put the marks in the wrong places.
  if (wanted === '' || lower.length !== text.length) {
    append(shown, text)
    return shown
  }
  let from = 0
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    append(shown, text.slice(from, at), el('mark', {}, text.slice(at, at + wanted.length)))
    from = at + wanted.length
  }
  append(shown, text.slice(from))
  return shown
}
