import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { RunReport } from '../../study/run/schedule.ts'
import type { Store } from '../../study/store/store.ts'

/** What has become of a study so far, as its store tells it, whoever has done the steps. */
export function reportOf(plan: Plan, store: Store): RunReport {
  const failed: RunReport['failed'][number][] = []
  const [reused, blocked]: [RunReport['reused'][number][], RunReport['blocked'][number][]] = [[], []]
  const lost = new Set<StepKey>()
  for (const step of plan.steps.values()) {
    const failure = store.failure(step.kind, step.key)
    if (store.isDone(step.kind, step.key)) {
      reused.push(step)
      continue
    }
    if (failure !== undefined) failed.push({ step, reason: failure.reason })
    else if (step.needs.some((key) => lost.has(key))) blocked.push(step)
    else continue
    lost.add(step.key)
  }
  return { finished: [], reused, failed, blocked, interrupted: false }
}
