import type { Study } from './study.ts'

/** Scripts that put no spaces between words. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]$/u

/**
 * One sentence for each prefix that runs into the text behind it, as one that ends in a letter, a digit or a colon does
 * without a space of its own.
 */
export function prefixNotes({ tasks, chains }: Pick<Study, 'tasks' | 'chains'>): string[] {
  const prefixes = [
    ...[...tasks.values()].map(({ name, prefix }) => ({ name, prefix })),
    ...chains.flatMap(({ lessons }) => lessons.map(({ name, settings: { prefix = '' } }) => ({ name, prefix }))),
  ]
  const notes = prefixes
    .filter(({ prefix }) => /[\p{L}\p{M}\p{N}_:]$/u.test(prefix) && !spaceless.test(prefix))
    .map(
      ({ name, prefix }) =>
        `The prefix "${prefix}" of "${name}" runs into the text behind it: write "${prefix} " in quotes if a space is meant`,
    )
  return [...new Set(notes)]
}
