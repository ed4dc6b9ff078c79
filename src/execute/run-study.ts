import type { Plan } from '../study/plan/plan.ts'
import { beginRun } from '../study/run/begin-run.ts'
import type { ExecutorOptions } from '../study/run/executor.ts'
import { type RunReport, type ScheduleOptions, schedule } from '../study/run/schedule.ts'
import { type Lease, whileLeased } from '../study/store/lease.ts'
import { type ExecutorName, executors } from './executors.ts'

export interface RunOptions extends ExecutorOptions, Omit<ScheduleOptions, 'executor'> {
  /** How steps are done. @default 'local' */
  readonly executor?: ExecutorName
  /** The one that the caller holds on the plan's steps. @default one that ends with the run */
  readonly lease?: Lease
}

/**
 * Runs every step of a plan that is not finished. A step that fails stops only what needs it; the next run tries it
 * again.
 */
export async function runStudy(plan: Plan, options: RunOptions): Promise<RunReport> {
  const { store, lease, executor = 'local' } = options
  // Rows are made ready before anything is computed: that binds nobody.
  const computes = [...plan.steps.values()].some(({ kind }) => kind !== 'prepare')
  if (computes) beginRun(plan, store)
  const run = () => schedule(plan, { ...options, executor: executors[executor](plan, options) })
  return lease === undefined ? await whileLeased(store, plan.steps.keys(), run) : await run()
}
