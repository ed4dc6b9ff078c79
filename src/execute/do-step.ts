import type { LockHolder } from '../base/lock.ts'
import type { Plan } from '../study/plan/plan.ts'
import { beginRun } from '../study/run/begin-run.ts'
import type { ExecutorOptions, StepFault, StepOrder } from '../study/run/executor.ts'
import { lessonsToRepeat, missingFor } from '../study/run/readiness.ts'
import { readBy, type Step } from '../study/steps/step-kinds.ts'
import { whileLeased } from '../study/store/lease.ts'
import { localExecutor } from './local.ts'

/** What has come of doing one step. */
export type StepReport =
  | { readonly state: 'finished'; readonly seconds: number }
  | { readonly state: 'finished-before' }
  | ({ readonly state: 'failed'; readonly seconds: number } & StepFault)
  | { readonly state: 'interrupted' }
  /** Steps that it needs and that are not finished, or whose weights were removed. */
  | { readonly state: 'not-ready'; readonly missing: readonly Step[] }
  /** Another process is at it. */
  | { readonly state: 'held'; readonly holder: LockHolder }

/**
 * Does one step of a plan in this process and nothing else. A step that was interrupted goes on where it was.
 *
 * @throws {Fault} if the store cannot be written
 */
export async function doStep(
  plan: Plan,
  step: Step,
  options: ExecutorOptions,
  order: Omit<StepOrder, 'repeat'>,
): Promise<StepReport> {
  return await whileLeased(options.store, [step.key, ...readBy(step)], () => doLeased(plan, step, options, order))
}

async function doLeased(
  plan: Plan,
  step: Step,
  options: ExecutorOptions,
  order: Omit<StepOrder, 'repeat'>,
): Promise<StepReport> {
  const { store } = options
  beginRun(plan, store)
  const isDone = store.isDone(step.kind, step.key)
  // To ask for every step of a large study, once for each of its jobs, would be much for a shared folder.
  const repeat = isDone && lessonsToRepeat(plan, store).has(step.key)
  if (isDone && !repeat) return { state: 'finished-before' }
  const missing = missingFor(step, plan, store)
  if (missing.length > 0) return { state: 'not-ready', missing }
  const begun = localExecutor(plan, options).begin(step, { ...order, repeat })
  if (begun.state !== 'begun') return begun
  const started = performance.now()
  const outcome = await begun.outcome
  if (outcome.state === 'lost') return await doLeased(plan, step, options, order)
  return outcome.state === 'failed' ? { ...outcome, seconds: (performance.now() - started) / 1000 } : outcome
}
