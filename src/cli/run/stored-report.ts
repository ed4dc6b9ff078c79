import { JobLedger, lostReason } from '../../cluster/job-ledger.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { RunReport } from '../../study/run/schedule.ts'
import type { Store } from '../../study/store/store.ts'

/** What has become of a study so far, as its store tells it, whoever has done the steps: also of jobs that were cancelled. */
export function reportOf(plan: Plan, store: Store): RunReport {
  const ledger = new JobLedger(store, { writes: false })
  const failed: RunReport['failed'][number][] = []
  const [reused, blocked]: [RunReport['reused'][number][], RunReport['blocked'][number][]] = [[], []]
  const lost = new Set<StepKey>()
  for (const step of plan.steps.values()) {
    if (store.isDone(step.kind, step.key)) {
      reused.push(step)
      continue
    }
    const failure = store.failure(step.kind, step.key)
    const reason = lostReason(ledger.read(step.key), failure) ?? failure?.reason
    if (reason !== undefined) failed.push({ step, reason })
    else if (step.needs.some((key) => lost.has(key))) blocked.push(step)
    else continue
    lost.add(step.key)
  }
  return { finished: [], reused, failed, blocked, interrupted: false }
}
