import type { ScoreColumn } from './arms.ts'

type Directed = Pick<ScoreColumn, 'best' | 'lowIsBetter'>

/**
 * A score for comparing: where less is better it is taken from the column's best, so that more is better everywhere and
 * answers of no use come to about nothing.
 */
export function goodness({ best, lowIsBetter }: Directed, score: number): number {
  return lowIsBetter ? best - score : score
}

/** A difference of two scores, above 0 where it is one for the better. */
export function gain({ lowIsBetter }: Pick<ScoreColumn, 'lowIsBetter'>, difference: number): number {
  return lowIsBetter ? -difference : difference
}

/** What {@link goodness} is called: `bleu`, `100 - ter`. */
export function goodnessName({ name, best, lowIsBetter }: Directed & Pick<ScoreColumn, 'name'>): string {
  return lowIsBetter ? `${best} - ${name}` : name
}
