import type { StepKey } from '../../study/keys.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import type { StudyResults } from './study-results.ts'

/**
 * The first of some steps, and of what they need, that failed when it was last tried and is not finished since, or is damaged,
 * with the reason.
 */
export function firstFailure(
  keys: readonly (StepKey | undefined)[],
  { plan, store }: Pick<StudyResults, 'plan' | 'store'>,
  seen = new Set<StepKey>(),
): FailedStep | undefined {
  for (const key of keys) {
    const step = key && plan.steps.get(key)
    if (step === undefined || seen.has(step.key) || store.isDone(step.kind, step.key)) continue
    seen.add(step.key)
    const before = firstFailure(step.needs, { plan, store }, seen)
    if (before !== undefined) return before
    const damage = store.damage(step.kind, step.key)
    const reason = damage ?? store.failure(step.kind, step.key)?.reason
    if (reason !== undefined) return { step, reason, damaged: damage !== undefined }
  }
  return undefined
}

/** Why a step has no result that could be used. */
export interface FailedStep {
  readonly step: Step
  readonly reason: string
  /** It was finished, and its files are no longer what was written. */
  readonly damaged: boolean
}

/** `"teach mt5 -> res, seed 1" failed: The disk is full` */
export function failureText({ step, reason, damaged }: FailedStep): string {
  return `"${step.label}" ${damaged ? 'cannot be used' : 'failed'}: ${reason}`
}
