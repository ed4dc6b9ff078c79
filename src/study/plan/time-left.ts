import type { StepKey } from '../keys.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Plan } from './plan.ts'

export interface TimeLeftOptions {
  /** Seconds of a whole step; `undefined` where nobody knows. */
  readonly secondsOf: (step: Step) => number | undefined
  /** How much of a step is done, for those that are begun: 1 for a finished one. */
  readonly shares: ReadonlyMap<StepKey, number>
  /** Steps that run side by side. */
  readonly jobs: number
}

export interface TimeLeft {
  /** Without the steps whose time is not known. */
  readonly seconds: number
  /** How many these are. */
  readonly unknown: number
}

/**
 * Seconds until a study is finished: its steps in the plan's order, each as soon as what it needs is done and a job is free,
 * as `runStudy` takes them, apart from limits of memory.
 */
export function timeLeft({ steps }: Pick<Plan, 'steps'>, options: TimeLeftOptions): TimeLeft {
  const { secondsOf, shares, jobs } = options
  let unknown = 0
  const waiting = new Map<StepKey, { readonly step: Step; readonly seconds: number }>()
  for (const step of steps.values()) {
    const share = shares.get(step.key) ?? 0
    if (share >= 1) continue
    const seconds = secondsOf(step)
    if (seconds === undefined) unknown++
    waiting.set(step.key, { step, seconds: (seconds ?? 0) * (1 - share) })
  }
  const running = new Map<StepKey, number>()
  let now = 0
  for (;;) {
    for (const [key, { step, seconds }] of waiting) {
      if (running.size >= jobs) break
      if (step.needs.some((need) => waiting.has(need) || running.has(need))) continue
      waiting.delete(key)
      running.set(key, now + seconds)
    }
    if (running.size === 0) return { seconds: now, unknown }
    now = Math.min(...running.values())
    for (const [key, end] of running) if (end <= now) running.delete(key)
  }
}
