import { ranOutOfMemory } from './job-log.ts'
import { isHeldBack, isStuck, type JobState, type QueuedJob } from './queue.ts'

/** What is known once a job is no longer in the queue, or has ended there. */
export interface EndedJob {
  readonly job: string
  /** `gone`: the queue knows nothing of it any more. */
  readonly state: JobState | 'gone'
  readonly nodes: string
  /** Whether the store holds what the job was to make. */
  readonly isFinished: boolean
  /** Why the step has failed, as it said itself. */
  readonly reason: string | undefined
  /** The last line that the job printed. */
  readonly lastLine: string | undefined
  readonly log: string
  readonly memoryMb: number
  readonly memoryRetries: number
  /** Jobs of the step that this run has followed to an end that was nobody's fault, without the step having got further. */
  readonly idleEnds: number
}

/** What is to be done then. */
export type JobEnd =
  | { readonly next: 'finished' }
  | { readonly next: 'submit'; readonly why: string; readonly memory?: 'more' }
  | { readonly next: 'fail'; readonly reason: string }

/** More of them without progress, and something is wrong that another try does not mend. */
const mostIdleEnds = 3

/** How a job has ended: as the queue says, and what it prints; one that waits for what cannot come has ended too. */
export function endState(job: QueuedJob | undefined, log: string): JobState | 'gone' {
  if (job === undefined) return 'gone'
  if (isHeldBack(job)) return 'node-failed'
  if (isStuck(job)) return 'cancelled'
  return job.state === 'failed' && ranOutOfMemory(log) ? 'out-of-memory' : job.state
}

/** Tells what becomes of a step whose job has ended. */
export function judgeEnd(end: EndedJob): JobEnd {
  if (end.isFinished) return { next: 'finished' }
  if (end.reason !== undefined && end.state !== 'out-of-memory') return fail(end, end.reason)
  switch (end.state) {
    case 'out-of-memory':
      return end.memoryRetries > 0
        ? fail(end, `out of memory with ${end.memoryMb} MiB, again: raise "memory_factor" or "memory" of "cluster"`)
        : {
            next: 'submit',
            why: `out of memory with ${end.memoryMb} MiB, once more with twice as much`,
            memory: 'more',
          }
    case 'cancelled':
      return fail(end, `cancelled${end.nodes === '' ? '' : ` on ${end.nodes}`}`)
    case 'failed':
    case 'completed':
      return fail(end, end.lastLine ?? 'it ended without a word')
    default:
      return end.idleEnds >= mostIdleEnds
        ? fail(end, `${words[end.state]}, ${end.idleEnds + 1} times in a row without getting further`)
        : { next: 'submit', why: words[end.state] }
  }
}

function fail({ job, log }: EndedJob, why: string): JobEnd {
  return { next: 'fail', reason: `job ${job}: ${why} (${log})` }
}

const words: Readonly<Record<JobState | 'gone', string>> = {
  waiting: 'waiting',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  'out-of-memory': 'out of memory',
  timeout: 'its time was over before its state was saved',
  preempted: 'another job took its place',
  'node-failed': 'its node failed',
  gone: 'the queue knows nothing of it any more',
}
