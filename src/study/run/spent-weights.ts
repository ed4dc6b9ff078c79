import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Store } from '../store/store.ts'
import type { Study } from '../study.ts'
import { usersOf } from './step-users.ts'

/** Finished lessons whose weights the study does not keep, as everything that begins with them is done. */
export function spentWeights(plan: Plan, store: Store, keep: Study['weights']): StepKey[] {
  if (keep === 'all') return []
  const users = usersOf(plan)
  return [...plan.steps.values()].flatMap(({ kind, key }) => {
    if (kind !== 'teach' || !store.hasWeights(key)) return []
    const ofLesson = users.get(key)!
    return isDoneWith(ofLesson, store) && !keepsWeights(ofLesson, keep) ? [key] : []
  })
}

/** Tells whether a study keeps a lesson's weights, or has still to begin with them. @param keep what stays once all is done */
export function weightNeeds(plan: Plan, store: Store, keep: Study['weights']): (key: StepKey) => boolean {
  const users = usersOf(plan)
  return (key) => {
    const ofLesson = users.get(key)
    return ofLesson !== undefined && (keepsWeights(ofLesson, keep) || !isDoneWith(ofLesson, store))
  }
}

/** Whether a lesson's weights stay once all is done. @param users the steps that need it */
export function keepsWeights(users: readonly Step[], keep: Study['weights']): boolean {
  return keep === 'all' || (keep === 'leaves' && !users.some(({ kind }) => kind === 'teach'))
}

function isDoneWith(users: readonly Step[], store: Store): boolean {
  return users.every((user) => store.isDone(user.kind, user.key))
}
