import { Fault } from '../base/fault.ts'
import { JobLedger, jobKeys } from '../cluster/job-ledger.ts'
import { isAlive, type QueuedJob } from '../cluster/queue.ts'
import { Slurm } from '../cluster/slurm.ts'
import type { StepKey } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
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
  const jobs = await jobsOf(plan, store, slurm)
  const ids = jobs.filter(({ submittedFor = name }) => submittedFor === name).map(({ id }) => id)
  if (ids.length > 0) await slurm.cancel(ids)
  return ids
}

/**
 * The jobs in the queue that do a study's steps. Slurm is asked only where any step was submitted; what keeps it from answering
 * is a note.
 */
export async function queueOf(
  plan: Plan,
  store: Store,
): Promise<{ readonly jobs: ReadonlyMap<StepKey, QueuedJob>; readonly note?: string }> {
  if (!jobKeys(store).some((key) => plan.steps.has(key))) return { jobs: new Map() }
  try {
    const jobs = await jobsOf(plan, store, new Slurm({ patienceMs: 0 }))
    return { jobs: new Map(jobs.flatMap(({ key, ...job }) => (key === undefined ? [] : [[key, job] as const]))) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { jobs: new Map(), note: `The queue is not known: ${error.message}` }
  }
}

interface StudyJob extends QueuedJob {
  readonly key?: StepKey
  /** Name of the study, where that was written down. */
  readonly submittedFor?: string
}

/** A study's jobs in the queue, with the step that each does: none for the one that goes on after the others. */
async function jobsOf(plan: Plan, store: Store, slurm: Slurm): Promise<StudyJob[]> {
  const ledger = new JobLedger(store)
  const goOn = ledger.goOnOf(plan.study.name)
  return (await slurm.queue()).filter(isAlive).flatMap((job) => {
    if (ledger.whatOf(job.comment) === goOn) return [job]
    const key = ledger.stepOf(job)
    if (key === undefined) return []
    const record = ledger.read(key)
    // The study may have changed since, or share the step with another that has submitted it.
    const isOurs = plan.steps.has(key) || (record?.job === job.id && record.study === plan.study.name)
    const submittedFor = record?.job === job.id ? record.study : undefined
    return isOurs ? [{ ...job, key, ...(submittedFor === undefined ? {} : { submittedFor }) }] : []
  })
}
