import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import type { Step } from '../steps/step-kinds.ts'

/** The steps that need each step of a plan, in the plan's order. */
export function usersOf({ steps }: Pick<Plan, 'steps'>): ReadonlyMap<StepKey, readonly Step[]> {
  const users = new Map<StepKey, Step[]>([...steps.keys()].map((key) => [key, []]))
  for (const step of steps.values()) for (const key of new Set(step.needs)) users.get(key)?.push(step)
  return users
}
