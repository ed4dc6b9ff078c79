import type { Arm, Arms } from '../results/arms.ts'
import type { FloorTest } from '../results/floor.ts'
import { rowHealth } from '../results/row-health.ts'
import type { StudyResults } from '../results/study-results.ts'
import { formatP, formatScore } from '../words/format-score.ts'
import { meanOfAll } from './convergence.ts'

/**
 * Arms that have not learnt the task: no better than what needs no learning, or with answers that are of no use. They
 * take no part in an answer, as the least bad of them would be taken for a good start.
 *
 * @returns by arm why, as it follows the arm's name
 */
export async function excludedArms(
  candidates: readonly Arm[],
  arms: Arms,
  results: StudyResults,
): Promise<ReadonlyMap<Arm, string>> {
  const excluded = new Map<Arm, string>()
  for (const arm of candidates) {
    const flagged = rowHealth(arm, arms.task, results).health.find(({ unlearnt }) => unlearnt)
    const tested = await results.floors.test(arm, arms)
    if (flagged !== undefined) excluded.set(arm, `gives answers that are not in order: ${flagged.sentence}`)
    else if (tested !== undefined && !tested.above) excluded.set(arm, belowFloor(arm, tested, arms))
  }
  return excluded
}

/** `is not above the floor (bleu 0.99; copies the source: 0.81, p = 0.310)` */
function belowFloor({ seeds }: Arm, { floor, score, p }: FloorTest, { columns: [column] }: Arms): string {
  const { name, best } = column!
  const own = meanOfAll(seeds.map(({ scores }) => scores[name]))!.mean
  return `is not above the floor (${name} ${formatScore(own, best)}; ${floor}: ${formatScore(score, best)}, ${formatP(p)})`
}
