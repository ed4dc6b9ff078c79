import type { Conclusions } from '../../report/conclusions/conclusions.ts'
import { answerSections, evidenceSections, type Section } from '../../report/conclusions/render-conclusions.ts'
import { columnLines } from '../print/column-lines.ts'
import { styles } from '../print/own-styles.ts'

/** The answers, a line each: what a reader wants first. */
export function answerLines({ recommendations }: Conclusions): string[] {
  if (recommendations.length === 0) return []
  return [styles.bold('Which start to take'), ...recommendations.map(({ sentences }) => `- ${sentences[0]}`)]
}

/** How the starts of each task stand, with warnings; with `why` also what each answer rests on, and what all do. */
export function restLines(conclusions: Conclusions, why: boolean): string[] {
  const ofTasks = answerSections(conclusions).map((section, at) => {
    const [, ...reasons] = section.sentences
    // What is missing is asked for by whoever has no answer yet.
    const isOpen = conclusions.recommendations[at]!.verdict === 'incomplete'
    const told = why ? reasons : isOpen ? firstOf(reasons) : []
    return { ...section, sentences: [...told, ...section.warnings] }
  })
  const shown = ofTasks.filter(({ cells, sentences }) => cells !== undefined || sentences.length > 0)
  return [...shown, ...(why ? evidenceSections(conclusions) : [])].flatMap((section) => ['', ...sectionLines(section)])
}

function firstOf(sentences: readonly string[]): string[] {
  const left = sentences.length - atOnce
  return left <= 1 ? [...sentences] : [...sentences.slice(0, atOnce), `and ${left} more, with --why`]
}

const atOnce = 5

function sectionLines({ title, sentences, cells, notes = [] }: Section): string[] {
  return [
    styles.bold(title),
    ...(cells === undefined ? [] : columnLines(cells)),
    ...sentences.map((sentence) => `- ${sentence}`),
    ...notes.map((note) => styles.dim(note)),
  ]
}
