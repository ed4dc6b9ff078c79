import type { Plan, PlannedChain } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'

/**
 * A study's plan without the seeds of a chain that have come to the model of another seed, as lessons do that draw nothing by it: one
 * model is one result, and says nothing of chance. What is not taught, and what each seed tests on rows of its own, stays.
 */
export function withoutRepeatedModels(plan: Plan, store: Store): Plan {
  const known = new Set<string>()
  const isRepeated = ({ chain, teach, evaluations }: PlannedChain): boolean => {
    const last = teach.at(-1)
    if (last === undefined || chain.lessons.every(({ beforehand }) => beforehand)) return false
    if (evaluations.some(({ task }) => plan.study.tasks.get(task)!.data.splits !== undefined)) return false
    const weights = store.soundResult('teach', last)?.weightsSha256
    if (weights === undefined) return false
    const model = `${weights} ${chain.label}`
    const isKnown = known.has(model)
    known.add(model)
    return isKnown
  }
  return { ...plan, chains: plan.chains.filter((planned) => !isRepeated(planned)) }
}
