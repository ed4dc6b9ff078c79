import { given, refuseArguments } from '../../base/fault.ts'
import { type Plan, planKind } from '../../study/plan/plan.ts'
import { type Store, storeKind } from '../../study/store/store.ts'
import { ComparedArms } from './compared-arms.ts'
import { Evaluations } from './evaluations.ts'
import { Floors } from './floor.ts'
import { LeakFinder } from './leaked-rows.ts'

/** What a report is made from; one serves all tables, conclusions and figures of a study, so that nothing is read twice. */
export interface StudyResults {
  readonly plan: Plan
  readonly store: Store
  readonly evaluations: Evaluations
  readonly comparisons: ComparedArms
  readonly leaks: LeakFinder
  readonly floors: Floors
}

/** Of functions of the library. */
export const resultsKind = given('the results of a study', 'plan', 'store', 'evaluations')

/** The results of a plan's finished steps; each is read when it is first asked for. */
export function studyResults(plan: Plan, store: Store): StudyResults {
  refuseArguments({ plan, store }, { plan: planKind, store: storeKind })
  const evaluations = new Evaluations(store)
  const comparisons = new ComparedArms(plan, store, evaluations)
  const floors = new Floors({ plan, store, evaluations })
  return { plan, store, evaluations, comparisons, leaks: new LeakFinder(plan, store), floors }
}
