import { rootWeights } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import { lessonOf, startOf, type TeachStep } from '../study/steps/kinds/teach.ts'
import type { TeachWork, WorkContext } from '../study/steps/runners.ts'
import type { Store } from '../study/store/store.ts'

/** A lesson of a plan begun from the chain's own start, as it takes as long; where it writes is to be filled in. */
export function rootLesson(step: TeachStep, plan: Plan, store: Store, context: WorkContext): TeachWork {
  const start = startOf(rootWeights(step.start, plan), store)
  return { ...lessonOf(step, store, context), start, outFolder: '', stateFolder: '' }
}
