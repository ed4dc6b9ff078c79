import { type FieldKinds, oneOf, refuseArguments } from '../base/fault.ts'
import { type Plan, planKind } from '../study/plan/plan.ts'
import { beginRun } from '../study/run/begin-run.ts'
import type { ExecutorOptions } from '../study/run/executor.ts'
import { type RunObserver, type RunReport, type ScheduleOptions, schedule } from '../study/run/schedule.ts'
import { type Lease, whileLeased } from '../study/store/lease.ts'
import { storeKind } from '../study/store/store.ts'
import { type ExecutorName, executors } from './executors.ts'

export interface RunOptions extends ExecutorOptions, Omit<ScheduleOptions, 'executor'> {
  /** How steps are done. @default 'local' */
  readonly executor?: ExecutorName
  /** The one that the caller holds on the plan's steps. @default one that ends with the run */
  readonly lease?: Lease
}

const observerKinds: FieldKinds<RunObserver> = {
  onProgress: 'function?',
  onNotice: 'function?',
  onNote: 'function?',
  onFinish: 'function?',
  onFailure: 'function?',
  onBlocked: 'function?',
  onFoundFinished: 'function?',
  onHeld: 'function?',
}

const optionKinds: FieldKinds<RunOptions> = {
  store: storeKind,
  runners: {
    is: (value) => [Object(value).teach, Object(value).predict].every((one) => typeof one === 'function'),
    words: 'an object with teach() and predict(), such as engineRunners',
  },
  program: 'text',
  executor: { ...oneOf(Object.keys(executors)), optional: true },
  lease: 'object?',
  jobs: 'count?',
  threads: 'count?',
  elsewhere: { ...oneOf(['warn', 'refuse']), optional: true },
  memory: { fields: { limitBytes: 'number', bytesOf: 'function' }, optional: true },
  cluster: 'object?',
  signal: 'signal?',
  observer: { fields: observerKinds, optional: true },
  pollMs: 'number?',
}

/**
 * Runs every step of a plan that is not finished. A step that fails stops only what needs it; the next run tries it
 * again.
 */
export async function runStudy(plan: Plan, options: RunOptions): Promise<RunReport> {
  refuseArguments({ plan, options }, { plan: planKind, options: { fields: optionKinds } })
  const { store, lease, executor = 'local' } = options
  // Rows are made ready before anything is computed: that binds nobody.
  const computes = [...plan.steps.values()].some(({ kind }) => kind !== 'prepare')
  if (computes) beginRun(plan, store)
  const run = () => schedule(plan, { ...options, executor: executors[executor](plan, options) })
  return lease === undefined ? await whileLeased(store, plan.steps.keys(), run) : await run()
}
