import type { ArmCurves, PagePlots } from '../../report/page/plot-data.ts'
import { append, el } from '../parts/dom.ts'
import { sentenceList } from '../parts/grid-view.ts'
import { drawnFigure } from './drawn-figure.ts'
import { LessonFigureView } from './lesson-figure.ts'

/** Fills the section of the figures; a figure is drawn when it is about to be seen, or printed. */
export function figuresView(section: HTMLElement, { figures, logs }: PagePlots): void {
  append(section, el('h2', { id: 'figures-title', class: 'section' }, 'Figures'))
  if (figures.length === 0) append(section, el('p', {}, 'The study has no figures.'))
  const waiting = new Map<Element, () => void>()
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) draw(target)
    },
    { rootMargin: '600px' },
  )
  const draw = (target: Element): void => {
    const fillIn = waiting.get(target)
    waiting.delete(target)
    watch.unobserve(target)
    fillIn?.()
  }
  for (const figure of figures) {
    const body = el('div', { class: 'figure-body' })
    const card = el('article', { class: 'card', 'data-figure': figure.name }, el('h3', {}, figure.title), body)
    const notes = figure.kind === 'lessons' ? figure.notes.filter((note) => !isOfPaper(note)) : figure.notes
    append(card, sentenceList(notes, 'notes'))
    append(section, card)
    waiting.set(card, () => {
      if (figure.kind === 'drawn') drawnFigure(body, figure)
      else if (figure.arms.some(({ log }) => hasPoints(logs[log]!))) new LessonFigureView(body, figure, logs)
      else append(body, el('p', {}, 'No lesson of this figure is finished yet.'))
    })
    watch.observe(card)
  }
  addEventListener('beforeprint', () => {
    for (const card of [...waiting.keys()]) draw(card)
  })
}

function hasPoints({ train, validation, scores }: ArmCurves): boolean {
  return [train, validation, ...Object.values(scores)].some(({ updates }) => updates.length > 0)
}

/** What is smoothed and banded on paper; here the reader chooses. */
function isOfPaper(note: string): boolean {
  return /^(?:Training loss: moving mean|Mean of the seeds|Minutes: )/u.test(note)
}
