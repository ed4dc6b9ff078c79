import { refuseArguments } from '../../base/fault.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import { readArms, taskRequests } from '../results/arms.ts'
import { type ArmCost, costOf } from '../results/cost.ts'
import { resultsKind, type StudyResults, studyResults } from '../results/study-results.ts'
import { convergenceOf, type TaskConvergence } from './convergence.ts'
import { evidenceOf } from './evidence.ts'
import { type RateSensitivity, rateSensitivity } from './rate-sensitivity.ts'
import { type Recommendation, recommend } from './recommendation.ts'
import { type Transfer, transferOf } from './transfer.ts'

/** What a study's finished steps say, task by task and over all. */
export interface Conclusions {
  readonly study: string
  /** One a tested task. */
  readonly recommendations: readonly Recommendation[]
  readonly convergence: readonly TaskConvergence[]
  /** Absent when nothing was tested. */
  readonly transfer: Transfer | undefined
  readonly rates: readonly RateSensitivity[]
  /** One a chain. */
  readonly costs: readonly ArmCost[]
}

/** Draws conclusions from the finished steps of the store. @throws {Fault} if a file of one cannot be read */
export async function conclude(
  plan: Plan,
  store: Store,
  results: StudyResults = studyResults(plan, store),
): Promise<Conclusions> {
  refuseArguments({ results }, { results: resultsKind })
  const recommendations: Recommendation[] = []
  const convergence: TaskConvergence[] = []
  const rates: RateSensitivity[] = []
  const costs = new Map<string, ArmCost>()
  for (const request of taskRequests(plan)) {
    const arms = readArms(request, results)
    const converged = arms && (await convergenceOf(arms, request, results))
    if (converged !== undefined) convergence.push(converged)
    if (arms !== undefined) rates.push(...(await rateSensitivity(arms, request, results)))
    for (const arm of arms?.arms ?? []) {
      const cost = costOf(arm, store)
      if (cost !== undefined) costs.set(cost.chain, cost)
    }
    recommendations.push(recommend(await evidenceOf(request, results, converged)))
  }
  return {
    study: plan.study.name,
    recommendations,
    convergence,
    transfer: transferOf(results),
    rates,
    costs: [...costs.values()],
  }
}
