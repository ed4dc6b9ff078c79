import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Store } from '../store/store.ts'
import type { Study } from '../study.ts'

/** Finished lessons whose weights the study does not keep, as everything that begins with them is done. */
export function spentWeights(plan: Plan, store: Store, keep: Study['weights']): StepKey[] {
  if (keep === 'all') return []
  return [...plan.steps.values()].flatMap(({ kind, key }) => {
    if (kind !== 'teach' || !store.hasWeights(key)) return []
    return !hasUnfinishedUser(plan, key, store) && (keep === 'none' || !isLeaf(plan, key)) ? [key] : []
  })
}

/** Whether a lesson's weights stay once all is done. @param weights in place of what the study says */
export function keepsWeights(plan: Plan, key: StepKey, weights: Study['weights'] | undefined): boolean {
  const keep = weights ?? plan.study.weights
  if (!plan.steps.has(key) || keep === 'none') return false
  return keep === 'all' || isLeaf(plan, key)
}

/** Whether no lesson of the study begins with this one. */
function isLeaf(plan: Plan, key: StepKey): boolean {
  return !usersOf(plan, key).some(({ kind }) => kind === 'teach')
}

export function hasUnfinishedUser(plan: Plan, key: StepKey, store: Store): boolean {
  return usersOf(plan, key).some((user) => !store.isDone(user.kind, user.key))
}

/** The steps that need a lesson. */
function usersOf({ steps }: Plan, key: StepKey): Step[] {
  return [...steps.values()].filter(({ needs }) => needs.includes(key))
}
