import { plural } from '../../base/plural.ts'
import { mean } from '../../metrics/statistics/mean.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { shownName } from '../../study/shown-name.ts'
import type { Arms, ScoreColumn } from '../results/arms.ts'
import { trimmedPairs } from '../results/trimmed-lessons.ts'
import { formatDifference, formatScore } from '../words/format-score.ts'

/**
 * How far chains that were taught with a part of the vocabulary score from the same chains with all of it, one sentence a pair:
 * means of the seeds that both have finished.
 */
export function trimmedScores(
  { arms, columns }: Pick<Arms, 'arms' | 'columns'>,
  { study }: Pick<Plan, 'study'>,
): string[] {
  return trimmedPairs(arms).flatMap(({ trimmed, whole }) => {
    const pairs = trimmed.seeds.flatMap((one) => {
      const other = whole.seeds.find(({ seed }) => seed === one.seed)
      return other === undefined ? [] : [{ some: one.scores, all: other.scores }]
    })
    if (pairs.length === 0) return []
    const told = columns.map((column) => {
      const some = mean(pairs.map(({ some: scores }) => scores[column.name]!))
      const all = mean(pairs.map(({ all: scores }) => scores[column.name]!))
      return `${shownName(study, column.name)} ${scoreWords(some, all, column)}`
    })
    const [name, wholeName] = [trimmed, whole].map(({ chain }) => shownName(study, chain.label))
    const seeds = pairs.length === 1 ? '' : `, means of ${plural(pairs.length, 'seed')}`
    return [`${name} against ${wholeName}, which was taught with all pieces: ${told.join(', ')}${seeds}.`]
  })
}

/** `12.34 for 12.54 (-0.20)` */
function scoreWords(some: number, all: number, { best }: ScoreColumn): string {
  const scores = `${formatScore(some, best)} for ${formatScore(all, best)}`
  return Number.isFinite(some - all) ? `${scores} (${formatDifference(some - all, best)})` : scores
}
