import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { readBy, type Step } from '../steps/step-kinds.ts'
import type { StepCheck } from '../store/check-step.ts'
import type { Store } from '../store/store.ts'

/** Finished lessons whose weights were removed to save space, and that a step which is not finished begins with. */
export function lessonsToRepeat(plan: Plan, store: Store): ReadonlySet<StepKey> {
  const again = new Set<StepKey>()
  // Backwards, as a lesson that is repeated may itself begin with weights that were removed.
  for (const step of [...plan.steps.values()].reverse()) {
    if (store.isDone(step.kind, step.key) && !again.has(step.key)) continue
    for (const key of step.needs) {
      if (plan.steps.get(key)?.kind === 'teach' && store.isDone('teach', key) && !store.hasWeights(key)) again.add(key)
    }
  }
  return again
}

/** What a run would do, in the plan's order: steps that are not finished, and lessons that it has to teach again for them. */
export function stepsToDo(plan: Plan, store: Store): Step[] {
  const again = lessonsToRepeat(plan, store)
  return [...plan.steps.values()].filter(({ kind, key }) => !store.isDone(kind, key) || again.has(key))
}

/** What finished lessons a run would teach again; one sentence or none. */
export function repeatNotes(plan: Plan, store: Store): string[] {
  const labels = [...lessonsToRepeat(plan, store)].reverse().map((key) => plan.steps.get(key)!.label)
  if (labels.length === 0) return []
  const shown = labels.slice(0, 3).map((label) => `"${label}"`)
  const more = labels.length > 3 ? ` and ${labels.length - 3} more` : ''
  return [
    `Finished and to be done again, as what is open begins with weights that were removed: ${shown.join(', ')}${more}`,
  ]
}

/**
 * What a step reads and does not find: steps that are not finished, those whose files are not what was written, and
 * lessons whose weights were removed.
 */
export function missingFor(step: Step, plan: Plan, store: Store): Step[] {
  return readBy(step)
    .map((key) => plan.steps.get(key)!)
    .filter(({ kind, key }) => !isWhole(store.recheck(kind, key).state) || (kind === 'teach' && !store.hasWeights(key)))
}

/** Steps of the plan that a step reads and whose files, every one looked at, are not what was written. */
export function damagedFor(step: Step, plan: Plan, store: Store): Step[] {
  return readBy(step)
    .flatMap((key) => plan.steps.get(key) ?? [])
    .filter(({ kind, key }) => store.recheck(kind, key).state === 'damaged')
}

function isWhole(state: StepCheck['state']): boolean {
  return state === 'sound' || state === 'unsealed'
}
