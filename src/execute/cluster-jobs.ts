import { Fault } from '../base/fault.ts'
import type { JobEnd } from '../cluster/job-end.ts'
import { JobLedger, jobKeys } from '../cluster/job-ledger.ts'
import { endOf, lostSteps } from '../cluster/lost-steps.ts'
import { isAlive, type QueuedJob } from '../cluster/queue.ts'
import { Slurm } from '../cluster/slurm.ts'
import type { StepKey } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
import { stepsToDo } from '../study/run/readiness.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'

/**
 * Ends the jobs of a study's steps that were submitted from its store. Of an array only the elements that are the study's end.
 *
 * @returns numbers of the jobs, in the queue's order
 * @throws {Fault} if Slurm refuses it
 */
export async function cancelStudy(plan: Plan, store: Store): Promise<string[]> {
  const slurm = new Slurm()
  const { name } = plan.study
  const ledger = new JobLedger(store)
  const isOthers = ({ id, key }: StudyJob): boolean => {
    const record = key === undefined ? undefined : ledger.read(key)
    return record?.job === id && record.study !== undefined && record.study !== name
  }
  const ids = studyJobs(plan, ledger, await slurm.queue())
    .filter((job) => !isOthers(job))
    .map(({ id }) => id)
  if (ids.length > 0) await slurm.cancel(ids)
  return ids
}

/** What a cluster has of a study. */
interface StudyQueue {
  /** The jobs in the queue that do its steps. */
  readonly jobs: ReadonlyMap<StepKey, QueuedJob>
  /** How jobs of steps have ended that nobody goes on with: those that failed, and where no job is left that tries again, all. */
  ended(): ReadonlyMap<StepKey, LeftStep>
  /** What keeps Slurm from answering. */
  readonly note?: string
}

/** That a step's job has ended, and no other goes on with it. */
export type LeftStep = Exclude<JobEnd, { readonly next: 'finished' }> & { readonly job: string }

/** The jobs of a study. Slurm is asked only where any step was submitted. */
export async function queueOf(plan: Plan, store: Store): Promise<StudyQueue> {
  if (!jobKeys(store).some((key) => plan.steps.has(key))) return { jobs: new Map(), ended: () => new Map() }
  const ledger = new JobLedger(store)
  try {
    const queue = await new Slurm({ patienceMs: 0 }).queue()
    const ours = studyJobs(plan, ledger, queue)
    const jobs = new Map(ours.flatMap(({ key, ...job }) => (key === undefined ? [] : [[key, job] as const])))
    const goesOn = ours.some(({ key }) => key === undefined)
    return { jobs, ended: () => leftSteps(plan, { store, ledger, queue, goesOn }) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { jobs: new Map(), ended: () => new Map(), note: `The queue is not known: ${error.message}` }
  }
}

interface KnownQueue {
  readonly store: Store
  readonly ledger: JobLedger
  readonly queue: readonly QueuedJob[]
  /** Whether a job is in the queue that goes on when the others have ended. */
  readonly goesOn: boolean
}

function leftSteps(plan: Plan, { store, ledger, queue, goesOn }: KnownQueue): ReadonlyMap<StepKey, LeftStep> {
  const known = { store, ledger, jobs: new Map(queue.map((job) => [job.id, job])) }
  const open = stepsToDo(plan, store)
  const unfinished = new Set(open.map(({ key }) => key))
  const lost = lostSteps(open, known)
  const isLeft = ({ key, needs }: Step): boolean =>
    goesOn ? lost.get(key) !== undefined : !needs.some((need) => unfinished.has(need))
  return new Map(
    open.filter(isLeft).flatMap((step) => {
      const { key } = step
      const job = ledger.read(key)?.job ?? ''
      const reason = lost.get(key)
      const end = reason === undefined ? endOf(step, known) : ({ next: 'fail', reason } as const)
      return job === '' || end === undefined || end.next === 'finished' ? [] : [[key, { ...end, job }] as const]
    }),
  )
}

/** A job in the queue that is a study's. */
export interface StudyJob extends QueuedJob {
  /** The step that it does; none for a job that goes on after the others. */
  readonly key?: StepKey
}

/** Jobs of a study, submitted from its store, that are not over. */
export function studyJobs(plan: Plan, ledger: JobLedger, queue: readonly QueuedJob[]): StudyJob[] {
  const { name } = plan.study
  const goOn = ledger.goOnOf(name)
  return queue.filter(isAlive).flatMap((job) => {
    if (ledger.whatOf(job.comment) === goOn) return [job]
    const key = ledger.stepOf(job)
    if (key === undefined) return []
    if (plan.steps.has(key)) return [{ ...job, key }]
    // The study may have changed since.
    const record = ledger.read(key)
    return record?.job === job.id && record.study === name ? [{ ...job, key }] : []
  })
}
