import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import type { ScoreColumn } from './arms.ts'
import { gain } from './score-direction.ts'

/** What may be said of a difference; with one seed it is never better or worse, as another seed may turn it round. */
export type Verdict = 'better' | 'worse' | 'not separable' | 'differs on these rows' | 'not separable on these rows'

/** The one rule for every table, sentence and answer: Holm-corrected p below 0.05, over seeds and rows both. */
export function verdictOf(comparison: Comparison, column: Pick<ScoreColumn, 'lowIsBetter'>): Verdict {
  const { separable, differs, df, difference } = comparison
  if (separable) return gain(column, difference) > 0 ? 'better' : 'worse'
  if (df !== undefined) return 'not separable'
  return differs ? 'differs on these rows' : 'not separable on these rows'
}

/** Whether an arm is better than its baseline, whatever the seed. */
export function isBetter(comparison: Comparison | undefined, column: Pick<ScoreColumn, 'lowIsBetter'>): boolean {
  return comparison !== undefined && verdictOf(comparison, column) === 'better'
}

/** Whether a comparison knows nothing of another seed. */
export function isOneSeed({ df }: Pick<Comparison, 'df'>): boolean {
  return df === undefined
}
