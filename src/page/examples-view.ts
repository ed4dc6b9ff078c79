import type { ExampleSet } from '../report/page/example-data.ts'
import {
  chainsOf,
  countOutcomes,
  type ExampleFilter,
  filterRows,
  type Outcome,
  type Relation,
} from './example-filter.ts'
import { exampleRow } from './example-row.ts'
import { append, choice, el, fill } from './parts/dom.ts'
import { gridView, sentenceList } from './parts/grid-view.ts'
import { keepingPlace } from './parts/keeping-place.ts'

const rowsAPage = 10

/** Fills the section of the test rows. */
export function examplesView(section: HTMLElement, sets: readonly ExampleSet[], notes: readonly string[]): void {
  append(section, el('h2', { id: 'examples-title', class: 'section' }, 'Examples'), sentenceList(notes, 'notes'))
  if (sets.length === 0) {
    append(section, el('p', {}, 'No test is finished yet.'))
    return
  }
  const body = el('div')
  const show = (at: number): void => fill(body, new ExampleBrowser(sets[at]!).view)
  const names = sets.map(
    ({ task, split, rows }, at) =>
      [String(at), `${[task, split].filter((one) => one !== '').join(', ')} (${rows.length} rows)`] as const,
  )
  append(
    section,
    el(
      'div',
      { class: 'controls' },
      choice('Test rows of', names, '0', (value) => show(Number(value))),
    ),
    body,
  )
  show(0)
}

/** Search, filters, counts and the rows of one set. */
class ExampleBrowser {
  readonly view = el('div')
  readonly #set: ExampleSet
  readonly #chains: readonly string[]
  readonly #counts = el('div', { class: 'card' })
  readonly #controls = el('div', { class: 'controls card' })
  readonly #found = el('p', { class: 'told', role: 'status' })
  readonly #list = el('ol', { class: 'rows' })
  readonly #pages = el('p', { class: 'buttons' })
  #seed: number | undefined
  #filter: ExampleFilter
  #page = 0

  constructor(set: ExampleSet) {
    this.#set = set
    this.#chains = chainsOf(set)
    const [first = ''] = this.#chains
    this.#seed = set.arms[0]?.seed
    const second = this.#chains[1] ?? first
    this.#filter = {
      text: '',
      label: undefined,
      first: { chain: second, outcome: 'any' },
      second: { chain: first, outcome: 'any' },
      relation: 'any',
    }
    append(this.view, this.#controls, this.#counts, this.#found, this.#list, this.#pages)
    this.#showAll()
  }

  #showAll(): void {
    this.#showControls()
    this.#showCounts()
    this.#showRows()
  }

  #change(changed: Partial<ExampleFilter>): void {
    this.#filter = { ...this.#filter, ...changed }
    this.#page = 0
    this.#showRows()
  }

  #showControls(): void {
    const { first, second, relation, text } = this.#filter
    const { arms, classes, score } = this.#set
    const seeds = [...new Set(arms.map(({ seed }) => seed))]
    const search = el('input', { type: 'search', value: text, oninput: () => this.#change({ text: search.value }) })
    fill(this.#controls, el('label', { class: 'choice wide' }, el('span', {}, 'Search'), search))
    if (seeds.length > 1) {
      const options = [...seeds.map((seed) => [String(seed), String(seed)] as const), ['', 'all'] as const]
      append(
        this.#controls,
        choice('Seed', options, String(this.#seed ?? ''), (value) => this.#chooseSeed(value)),
      )
    }
    if (classes !== undefined) {
      const options = [['', 'any'] as const, ...classes.map((name, at) => [String(at), name] as const)]
      const chosen = String(this.#filter.label ?? '')
      append(
        this.#controls,
        choice('Label of the row or an answer', options, chosen, (value) =>
          this.#change({ label: value === '' ? undefined : Number(value) }),
        ),
      )
    }
    const chains = this.#chains.map((chain) => [chain, chain] as const)
    const outcomes = [
      ['any', 'right or wrong'],
      ['right', 'is right'],
      ['wrong', 'is wrong'],
      ['mixed', 'differs by seed'],
    ] as const
    const wish = (which: 'first' | 'second', name: string): HTMLElement =>
      el(
        'fieldset',
        {},
        el('legend', {}, name),
        choice('Chain', chains, this.#filter[which].chain, (chain) =>
          this.#change({ [which]: { ...this.#filter[which], chain } }),
        ),
        choice('Answer', outcomes, this.#filter[which].outcome, (value) =>
          this.#change({ [which]: { ...this.#filter[which], outcome: value as Outcome | 'any' } }),
        ),
      )
    if (this.#chains.length === 0) return
    append(this.#controls, wish('first', 'Where'))
    if (this.#chains.length < 2) return
    const relations = [
      ['any', 'any'],
      ['differ', 'answers differ'],
      ['same', 'answers are alike'],
      ['first better', `first has the better ${score.name}`],
      ['second better', `second has the better ${score.name}`],
    ] as const
    append(
      this.#controls,
      wish('second', 'and'),
      choice('Between them', relations, relation, (value) => this.#change({ relation: value as Relation })),
      el('button', { type: 'button', onclick: () => this.#wish(first.chain, 'any', second.chain, 'any') }, 'Show all'),
    )
  }

  #chooseSeed(value: string): void {
    this.#seed = value === '' ? undefined : Number(value)
    this.#page = 0
    this.#showCounts()
    this.#showRows()
  }

  #wish(first: string, firstOutcome: Outcome | 'any', second: string, secondOutcome: Outcome | 'any'): void {
    this.#filter = {
      text: '',
      label: undefined,
      first: { chain: first, outcome: firstOutcome },
      second: { chain: second, outcome: secondOutcome },
      relation: 'any',
    }
    this.#page = 0
    keepingPlace(this.#controls, () => this.#showControls())
    this.#showRows()
    this.#found.scrollIntoView({ block: 'start' })
  }

  /** Each chain against the first one, which is the fresh start: a click on a number shows its rows. */
  #showCounts(): void {
    const [fresh, ...others] = this.#chains
    this.#counts.hidden = fresh === undefined || others.length === 0
    if (fresh === undefined || others.length === 0) return
    const outcomes = [
      ['both', 'right', 'right'],
      ['onlyFirst', 'right', 'wrong'],
      ['onlySecond', 'wrong', 'right'],
      ['neither', 'wrong', 'wrong'],
    ] as const
    const counted = others.map((chain) => countOutcomes(this.#set, this.#seed, chain, fresh))
    const header = ['chain', 'both right', 'only this chain', `only ${fresh}`, 'both wrong']
    const rows = others.map((chain, at) => [chain, ...outcomes.map(([name]) => String(counted[at]![name]))])
    const cell = (text: string, column: number, row: number): Node | undefined => {
      if (column === 0) return undefined
      const [, first, second] = outcomes[column - 1]!
      const chain = others[row]!
      const what = `${text} rows where ${chain} is ${first} and ${fresh} is ${second}`
      return el(
        'button',
        { type: 'button', class: 'count', 'aria-label': what, onclick: () => this.#wish(chain, first, fresh, second) },
        text,
      )
    }
    const seed = this.#seed === undefined ? 'with every seed' : `seed ${this.#seed}`
    const rest = this.#seed === undefined ? '; rows where seeds differ are in none of them' : ''
    const caption = `Rows by who is right, against ${fresh} (${seed}${rest})`
    fill(this.#counts, gridView({ header, rows }, { caption, showCaption: true, cell }))
  }

  #showRows(): void {
    const found = filterRows(this.#set, this.#seed, this.#filter)
    const pages = Math.max(1, Math.ceil(found.length / rowsAPage))
    this.#page = Math.min(this.#page, pages - 1)
    const from = this.#page * rowsAPage
    const all = this.#set.rows.length
    fill(this.#found, `${found.length} of ${all} rows`)
    fill(this.#list)
    for (const at of found.slice(from, from + rowsAPage)) {
      append(this.#list, exampleRow(this.#set, at, this.#seed, this.#filter.text))
    }
    keepingPlace(this.#pages, () => this.#showPages(pages, found.length))
  }

  #showPages(pages: number, count: number): void {
    fill(this.#pages)
    if (pages === 1) return
    const go = (by: number) => () => {
      this.#page += by
      this.#showRows()
      this.#found.scrollIntoView({ block: 'start' })
    }
    const from = this.#page * rowsAPage
    append(
      this.#pages,
      el('button', { type: 'button', disabled: this.#page === 0, onclick: go(-1) }, 'Previous'),
      el('span', {}, `${from + 1} to ${Math.min(from + rowsAPage, count)} of ${count}`),
      el('button', { type: 'button', disabled: this.#page === pages - 1, onclick: go(1) }, 'Next'),
    )
  }
}
