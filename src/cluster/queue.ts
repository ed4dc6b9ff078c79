/** A job as the queue tells it. */
export interface QueuedJob {
  /** `123`, or `123_4` of an array. */
  readonly id: string
  readonly state: JobState
  /** Why it waits. */
  readonly reason: string
  /** Where it runs or ran. */
  readonly nodes: string
  readonly comment: string
}

/** States that this program tells apart; what else Slurm has counts as waiting or running by its nature. */
export type JobState =
  | 'waiting'
  | 'running'
  | 'completed'
  | 'failed'
  | 'timeout'
  | 'out-of-memory'
  | 'cancelled'
  | 'preempted'
  | 'node-failed'

/** For `squeue --format`. The comment comes last, as it may hold anything. */
export const queueFormat = '%i|%T|%r|%N|%k'

const states: Readonly<Record<string, JobState>> = {
  PENDING: 'waiting',
  CONFIGURING: 'waiting',
  REQUEUED: 'waiting',
  REQUEUE_FED: 'waiting',
  REQUEUE_HOLD: 'waiting',
  SPECIAL_EXIT: 'waiting',
  RESV_DEL_HOLD: 'waiting',
  RUNNING: 'running',
  COMPLETING: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  STOPPED: 'running',
  SUSPENDED: 'running',
  RESIZING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  DEADLINE: 'timeout',
  TIMEOUT: 'timeout',
  OUT_OF_MEMORY: 'out-of-memory',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
  PREEMPTED: 'preempted',
  NODE_FAIL: 'node-failed',
  BOOT_FAIL: 'node-failed',
}

/** Reads what `squeue` prints, a line a job. */
export function readQueue(text: string): QueuedJob[] {
  return text.split('\n').flatMap((line) => {
    const [id, state, reason, nodes, ...comment] = line.split('|')
    if (id === undefined || state === undefined || reason === undefined) return []
    const known = states[state.trim().toUpperCase()] ?? 'running'
    return [
      {
        id: id.trim(),
        state: known,
        reason: reason.trim(),
        nodes: (nodes ?? '').trim(),
        comment: comment.join('|').trim(),
      },
    ]
  })
}

/** Whether a job is, or will be, at work. */
export function isAlive({ state }: Pick<QueuedJob, 'state'>): boolean {
  return state === 'waiting' || state === 'running'
}

/** Whether a job is at work, or may still come to be. */
export function isHopeful(job: Pick<QueuedJob, 'state' | 'reason'>): boolean {
  return isAlive(job) && !isStuck(job)
}

/** Whether a job waits for something that cannot come: another job that has failed, a limit that it can never meet. */
export function isStuck(job: Pick<QueuedJob, 'state' | 'reason'>): boolean {
  return (job.state === 'waiting' && job.reason === 'DependencyNeverSatisfied') || isHeldBack(job)
}

/**
 * Whether Slurm itself holds a job back as nodes could not begin it, until somebody releases it: no such thing as a job that a
 * person holds, who knows why.
 */
export function isHeldBack({ state, reason }: Pick<QueuedJob, 'state' | 'reason'>): boolean {
  return state === 'waiting' && /requeued[ _]held|JobHoldMaxRequeue/iu.test(reason)
}
