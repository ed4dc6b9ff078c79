import type { Plan } from '../study/plan/plan.ts'
import type { ExecutorOptions } from '../study/run/executor.ts'
import { type RunReport, type ScheduleOptions, schedule } from '../study/run/schedule.ts'
import { takeLease } from '../study/store/lease.ts'
import { type ExecutorName, executors } from './executors.ts'

export interface RunOptions extends ExecutorOptions, Omit<ScheduleOptions, 'executor'> {
  /** How steps are done. @default 'local' */
  readonly executor?: ExecutorName
}

/**
 * Runs every step of a plan that is not finished. A step that fails stops only what needs it; the next run tries it
 * again.
 */
export async function runStudy(plan: Plan, options: RunOptions): Promise<RunReport> {
  const lease = takeLease(options.store, plan.steps.keys())
  try {
    return await schedule(plan, { ...options, executor: executors[options.executor ?? 'local'](plan, options) })
  } finally {
    lease.release()
  }
}
