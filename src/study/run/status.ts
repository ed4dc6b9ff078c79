import { readPlainFile } from '../../base/atomic-file.ts'
import type { LockHolder } from '../../base/lock.ts'
import type { Plan } from '../plan/plan.ts'
import type { StepProgress } from '../steps/runners.ts'
import { type Step, stepKindNames } from '../steps/step-kinds.ts'
import type { StepTold } from '../store/step-told.ts'
import type { Store } from '../store/store.ts'

/** How a step stands. */
export interface StepStatus {
  readonly step: Step
  /** `damaged`: finished, and no longer what was written; a run does it anew. `saved`: nobody works on it, and it would go on from its state. */
  readonly state: 'finished' | 'running' | 'damaged' | 'failed' | 'saved' | 'waiting'
  /** Of a running step, once it has told. */
  readonly progress?: {
    readonly done: number
    readonly total: number
    readonly unit: string
    readonly perSecond?: number
  }
  readonly worker?: LockHolder
  /** Why it failed when it was last tried, or what is damaged. */
  readonly reason?: string
  /** Of a finished step. */
  readonly told?: StepTold
}

/**
 * How every step of a plan stands in a store, also while another process works on it.
 *
 * @param steps those of the plan that are asked for
 */
export function studyStatus(plan: Plan, store: Store, steps: Iterable<Step> = plan.steps.values()): StepStatus[] {
  // One look at each folder: of most steps of a large study that has just begun nothing is there.
  const begun = new Map(stepKindNames.map((kind) => [kind, new Set(store.keys(kind))]))
  return [...steps].map((step) =>
    begun.get(step.kind)!.has(step.key) ? stepStatus(step, store) : { step, state: 'waiting' },
  )
}

/** How one step stands. */
export function stepStatus(step: Step, store: Store): StepStatus {
  const { kind, key } = step
  const told = store.told(kind, key)
  if (told !== undefined) return { step, state: 'finished', told }
  const worker = store.worker(kind, key)
  if (worker !== undefined) {
    const progress = progressOf(toldProgress(step, store))
    return { step, state: 'running', worker, ...(progress === undefined ? {} : { progress }) }
  }
  const damage = store.damage(kind, key)
  if (damage !== undefined) return { step, state: 'damaged', reason: damage }
  const failure = store.failure(kind, key)
  if (failure !== undefined) return { step, state: 'failed', reason: failure.reason }
  return { step, state: store.hasState(kind, key) ? 'saved' : 'waiting' }
}

/** What the worker of a step, on whichever machine, has told of it last. */
export function toldProgress({ kind, key }: Step, store: Store): ToldProgress | undefined {
  try {
    return (JSON.parse(readPlainFile(store.progressFile(kind, key)).toString()) as ToldProgress | null) ?? undefined
  } catch {
    return undefined
  }
}

interface ToldProgress extends StepProgress {
  readonly started: string
  readonly time: string
}

function progressOf(told: ToldProgress | undefined): StepStatus['progress'] {
  if (told === undefined) return undefined
  const { started, time, done, total, unit, from } = told
  const seconds = (Date.parse(time) - Date.parse(started)) / 1000
  return { done, total, unit, ...(seconds > 0 && done > from ? { perSecond: (done - from) / seconds } : {}) }
}
