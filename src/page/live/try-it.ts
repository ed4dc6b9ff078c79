import type { LiveAnswer, LiveQuestion, LiveStatus } from '../../serve/live-data.ts'
import { append, el, fill } from '../parts/dom.ts'
import { sentenceList } from '../parts/grid-view.ts'
import { keepingPlace } from '../parts/keeping-place.ts'

/** A text to be typed, models to be chosen, and their answers side by side. */
export class TryIt {
  readonly view = el('form', { class: 'card', onsubmit: (event) => void this.#ask(event) })
  readonly #text = el('textarea', { rows: 3, maxlength: 10_000, 'aria-label': 'A source, without its prefix' })
  readonly #models = el('fieldset')
  readonly #button = el('button', { type: 'submit' }, 'Answer')
  readonly #answers = el('div', { class: 'given', role: 'status' })
  #offered = ''
  #isAsking = false

  constructor() {
    append(this.view, el('h3', {}, 'Try it'), this.#text, this.#models, this.#button, this.#answers)
    this.view.hidden = true
  }

  /** Boxes of models; those that are ticked stay so. */
  offer(models: LiveStatus['models']): void {
    const names = models.map(({ key }) => key).join()
    if (names === this.#offered) return
    this.#offered = names
    this.view.hidden = models.length === 0
    keepingPlace(this.#models, () => this.#showModels(models))
  }

  #showModels(models: LiveStatus['models']): void {
    const ticked = this.#chosen()
    fill(this.#models, el('legend', {}, 'Models (12 at most)'))
    for (const { key, name } of models) {
      const box = el('input', { type: 'checkbox', value: key, checked: ticked.includes(key) })
      append(this.#models, el('label', { class: 'box' }, box, name))
    }
  }

  #chosen(): string[] {
    const boxes = [...this.#models.querySelectorAll('input')]
    return boxes.filter(({ checked }) => checked).map(({ value }) => value)
  }

  async #ask(event: Event): Promise<void> {
    event.preventDefault()
    if (this.#isAsking) return
    const question: LiveQuestion = { text: this.#text.value, models: this.#chosen() }
    if (question.models.length === 0) return fill(this.#answers, 'Choose a model.')
    this.#setAsking(true)
    fill(this.#answers, 'Answering …')
    try {
      const response = await fetch(`answers${location.search}`, { method: 'POST', body: JSON.stringify(question) })
      const told = await response.text()
      if (response.ok) this.#show(JSON.parse(told) as LiveAnswer[])
      else fill(this.#answers, told)
    } catch {
      fill(this.#answers, 'The server cannot be reached.')
    } finally {
      this.#setAsking(false)
    }
  }

  /** A button that is disabled would lose the focus. */
  #setAsking(isAsking: boolean): void {
    this.#isAsking = isAsking
    this.#button.setAttribute('aria-disabled', String(isAsking))
  }

  #show(answers: readonly LiveAnswer[]): void {
    fill(this.#answers)
    for (const answer of answers) append(this.#answers, answerView(answer))
  }
}

function answerView({ name, answer = '', labels, unknown = [], notes = [], fault }: LiveAnswer): HTMLElement {
  const view = el('div', { class: 'answer-given' }, el('p', { class: 'arms' }, el('span', { class: 'arm' }, name)))
  if (fault !== undefined) append(view, el('p', { class: 'warning' }, fault))
  else {
    if (labels !== undefined) append(view, labelsView(labels, unknown))
    append(view, el('p', { class: 'body' }, answer === '' ? el('em', {}, '(empty answer)') : answer))
  }
  append(view, sentenceList(notes, 'notes'))
  return view
}

function labelsView(labels: readonly string[], unknown: readonly string[]): HTMLElement {
  const chips = el('p', { class: 'chips' })
  for (const label of labels) append(chips, el('span', { class: 'chip label' }, label))
  if (labels.length === 0) append(chips, el('span', { class: 'chip label' }, 'no label'))
  for (const piece of unknown) {
    append(chips, el('span', { class: 'chip label unknown' }, el('span', { class: 'unseen' }, 'no label: '), piece))
  }
  return chips
}
