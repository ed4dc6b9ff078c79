import { trimmedSentence } from '../../lesson/trimmed-sentence.ts'
import type { Arms } from './arms.ts'
import type { StudyResults } from './study-results.ts'

/**
 * What the lessons of a table's chains come to that were taught with a part of the vocabulary, one sentence a chain: of its
 * latest such lesson, with its first seed.
 */
export function trimmedLessons({ arms }: Pick<Arms, 'arms'>, { store }: Pick<StudyResults, 'store'>): string[] {
  return arms.flatMap(({ chain, seeds: [first] }) => {
    const lessons = [...(first?.lessons ?? [])].reverse()
    const [trimmed] = lessons.flatMap((key) => store.soundResult('teach', key)?.trimmed ?? [])
    return trimmed === undefined ? [] : [`${chain.label}: ${trimmedSentence(trimmed)}.`]
  })
}
