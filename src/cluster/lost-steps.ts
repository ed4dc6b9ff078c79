import type { StepKey } from '../study/keys.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'
import { type EndedJob, endState, type JobEnd, judgeEnd } from './job-end.ts'
import { type JobLedger, type JobRecord, logFile, lostReason } from './job-ledger.ts'
import { lastLineOf } from './job-log.ts'
import { isHopeful, type QueuedJob } from './queue.ts'

/** Of ends that were nobody's fault; more of them, and another try does not mend it. */
const mostJobsOfAStep = 6

/** What is known of jobs: what the store says, and the queue, ended ones with it as long as it knows them. */
export interface KnownJobs {
  readonly store: Store
  readonly ledger: JobLedger
  readonly jobs: ReadonlyMap<string, QueuedJob>
}

/**
 * Steps of a detached study that are given up: they have failed since they were submitted, somebody has cancelled their job, it has
 * ended too often, or they need one of those.
 *
 * @param open steps that are not finished, each after those that it needs
 * @returns why, in a sentence with the job's number and log; none where a step only needs another
 */
export function lostSteps(open: readonly Step[], known: KnownJobs): ReadonlyMap<StepKey, string | undefined> {
  const unfinished = new Set(open.map(({ key }) => key))
  const lost = new Map<StepKey, string | undefined>()
  for (const step of open) {
    const reason = reasonOf(step, known, unfinished)
    if (reason !== undefined || step.needs.some((need) => lost.has(need))) lost.set(step.key, reason)
  }
  return lost
}

function reasonOf(step: Step, known: KnownJobs, unfinished: ReadonlySet<StepKey>): string | undefined {
  const failure = known.store.failure(step.kind, step.key)
  const record = known.ledger.read(step.key)
  if (record === undefined) return failure?.reason
  const before = lostReason(record, failure)
  if (before !== undefined) return before
  const ended = endedJob(step, record, known)
  if (record.job === '') return ended.reason
  if (ended.reason === undefined) {
    if (!hasEnded(record, known)) return undefined
    // Slurm itself cancels a job that waits for one that has failed.
    if (ended.state === 'cancelled' && step.needs.some((need) => unfinished.has(need))) return undefined
  }
  const isHopeless = (record.jobs ?? 1) >= mostJobsOfAStep
  const judged = judgeEnd({ ...ended, idleEnds: isHopeless ? ended.idleEnds : 0 })
  // A step that has not begun says nothing: its needs were not to be seen yet, or another process was at it.
  const isMute = ended.reason === undefined && (ended.state === 'failed' || ended.state === 'completed')
  return judged.next === 'fail' && (isHopeless || !isMute) ? judged.reason : undefined
}

/** How the latest job of a step that is not finished has ended; `undefined` where none has. */
export function endOf(step: Step, known: KnownJobs): JobEnd | undefined {
  const record = known.ledger.read(step.key)
  if (record === undefined || !hasEnded(record, known)) return undefined
  const ended = endedJob(step, record, known)
  // A shared folder may show only a while later what it has written.
  if (ended.state === 'completed') return undefined
  return judgeEnd({ ...ended, idleEnds: 0 })
}

function hasEnded({ job }: JobRecord, { jobs }: KnownJobs): boolean {
  const queued = jobs.get(job)
  return job !== '' && (queued === undefined || !isHopeful(queued))
}

function endedJob({ kind, key }: Step, record: JobRecord, { store, jobs }: KnownJobs): EndedJob {
  const { job, memoryMb, memoryRetries, failedBefore } = record
  const failure = store.failure(kind, key)
  const log = logFile(record)
  const state = endState(jobs.get(job), log)
  return {
    job,
    state,
    nodes: jobs.get(job)?.nodes ?? '',
    isFinished: false,
    reason: failure !== undefined && failure.time !== failedBefore ? failure.reason : undefined,
    lastLine: state === 'failed' || state === 'completed' ? lastLineOf(log) : undefined,
    log,
    memoryMb,
    memoryRetries,
    idleEnds: (record.jobs ?? 1) - 1,
  }
}
