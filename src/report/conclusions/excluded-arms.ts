import { shownName } from '../../study/shown-name.ts'
import type { Arm, Arms } from '../results/arms.ts'
import type { FloorTest } from '../results/floor.ts'
import { rowHealth } from '../results/row-health.ts'
import type { StudyResults } from '../results/study-results.ts'
import { formatP, formatScore } from '../words/format-score.ts'
import { meanOfAll } from './convergence.ts'

/** Why an arm takes no part in an answer. */
export interface Exclusion {
  readonly because: 'answers' | 'floor' | 'perfect-floor'
  /** As it follows the arm's name. */
  readonly reason: string
}

/** Whether nothing is told by a task, as answers that need no learning are all right: nothing of it can be learnt. */
export function tellsNothing(excluded: readonly Exclusion[]): boolean {
  return excluded.every(({ because }) => because === 'perfect-floor')
}

/**
 * Arms that have not learnt the task: no better than what needs no learning, or with answers that are of no use. They
 * take no part in an answer, as the least bad of them would be taken for a good start.
 */
export async function excludedArms(
  candidates: readonly Arm[],
  arms: Arms,
  results: StudyResults,
): Promise<ReadonlyMap<Arm, Exclusion>> {
  const excluded = new Map<Arm, Exclusion>()
  for (const arm of candidates) {
    const flagged = rowHealth(arm, arms.task, results).health.find(({ unlearnt }) => unlearnt)
    const tested = await results.floors.test(arm, arms)
    const isBelow = tested !== undefined && !tested.above
    // One answer to all rows is what such a task asks for.
    if (isBelow && isPerfect(tested, arms))
      excluded.set(arm, { because: 'perfect-floor', reason: belowFloor(arm, tested, arms, results) })
    else if (flagged !== undefined)
      excluded.set(arm, { because: 'answers', reason: `gives answers that are not in order: ${flagged.sentence}` })
    else if (isBelow) excluded.set(arm, { because: 'floor', reason: belowFloor(arm, tested, arms, results) })
  }
  return excluded
}

/** Whether answers that need no learning are all right already, so that nothing can be above them. */
function isPerfect({ score }: FloorTest, { columns: [column] }: Arms): boolean {
  const { best, lowIsBetter } = column!
  // A perfect BLEU is a rounding above 100.
  return Math.abs(score - (lowIsBetter ? 0 : best)) <= 1e-9 * best
}

/** `is not above the floor (bleu 0.99; copies the source: 0.81, p = 0.310)` */
function belowFloor(
  { seeds }: Arm,
  { floor, score, p }: FloorTest,
  { columns: [column] }: Arms,
  { plan }: StudyResults,
): string {
  const { name, best } = column!
  const own = meanOfAll(seeds.map(({ scores }) => scores[name]))!.mean
  return `is not above the floor (${shownName(plan.study, name)} ${formatScore(own, best)}; ${floor}: ${formatScore(score, best)}, ${formatP(p)})`
}
