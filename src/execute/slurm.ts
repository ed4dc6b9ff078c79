import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { judgeEnd } from '../cluster/job-end.ts'
import { JobLedger, type JobRecord, logFile } from '../cluster/job-ledger.ts'
import { type JobRequest, jobScript } from '../cluster/job-script.ts'
import { isHopeful, isStuck, type QueuedJob } from '../cluster/queue.ts'
import { type EndInQueue, QueueWatch } from '../cluster/queue-watch.ts'
import { queueSentence } from '../cluster/queue-words.ts'
import { resourcesOf } from '../cluster/resources.ts'
import type { SiteLimits } from '../cluster/site-limits.ts'
import { Slurm } from '../cluster/slurm.ts'
import type { Plan } from '../study/plan/plan.ts'
import {
  type Begun,
  type ClusterWork,
  type Executor,
  type ExecutorOptions,
  type StepOrder,
  type StepOutcome,
  stepFault,
} from '../study/run/executor.ts'
import { toldProgress } from '../study/run/status.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'

/** A shared folder may show on one machine only a while later what another has written. */
const lagMs = 60_000

/**
 * Does steps as jobs of Slurm, each of which runs `reteach step`, and follows them. Stopping ends the following alone: the jobs
 * stay in the queue, and the next run finds them again.
 */
export function slurmExecutor(_: Plan, options: ExecutorOptions): Executor {
  if (options.cluster === undefined) throw new Error('The Slurm executor was not told how steps become jobs')
  return new SlurmExecutor(options.store, options.cluster)
}

class SlurmExecutor implements Executor {
  readonly readsHere = false
  readonly capacity = Number.POSITIVE_INFINITY
  readonly #store: Store
  readonly #work: ClusterWork
  readonly #ledger: JobLedger
  readonly #stop = new AbortController()
  readonly #slurm: Slurm
  readonly #watch: QueueWatch
  readonly #ours = new Set<string>()
  readonly #waitingForRoom: (() => void)[] = []
  #limits: Promise<SiteLimits> | undefined
  #room = 0
  #counted: Promise<void> | undefined
  #known: Promise<unknown> | undefined
  /** Jobs that are, or will be, at work. */
  #byComment: ReadonlyMap<string, QueuedJob> = new Map()
  /** Jobs that the queue has been asked for although it did not know them. */
  readonly #seen = new Set<string>()
  #listening = false
  #submitting: Promise<unknown> = Promise.resolve()
  #told = ''

  constructor(store: Store, work: ClusterWork) {
    this.#store = store
    this.#work = work
    this.#ledger = new JobLedger(store)
    this.#slurm = new Slurm({ onNotice: (sentence) => work.onQueue(sentence), signal: this.#stop.signal })
    this.#watch = new QueueWatch({
      ask: () => this.#slurm.queue(),
      pollMs: 1000 * work.request.pollSeconds,
      signal: this.#stop.signal,
      onLook: (jobs) => this.#tellQueue(jobs),
    })
  }

  hasRoom(): boolean {
    return true
  }

  begin(step: Step, order: StepOrder): Begun {
    if (this.#isFinished(step, order)) return { state: 'finished-before' }
    if (!this.#listening) order.signal.addEventListener('abort', () => this.#end(), { once: true })
    this.#listening = true
    return { state: 'begun', outcome: this.#do(step, order) }
  }

  async #do(step: Step, order: StepOrder): Promise<StepOutcome> {
    try {
      return await this.#follow(step, order)
    } catch (error) {
      return order.signal.aborted ? { state: 'interrupted' } : { state: 'failed', ...stepFault(error) }
    }
  }

  async #follow(step: Step, order: StepOrder): Promise<StepOutcome> {
    let idleEnds = 0
    let reached = -1
    let memoryRetries = 0
    await this.#takeRoom(order.signal)
    try {
      for (;;) {
        if (order.signal.aborted) return { state: 'interrupted' }
        const record = await this.#jobOf(step, memoryRetries, order)
        this.#ours.add(record.job)
        const end = await this.#watch.endOf(record.job, (job) => this.#look(step, job, order))
        this.#ours.delete(record.job)
        if (end === 'stopped') return { state: 'interrupted' }
        const done = toldProgress(step, this.#store)?.done ?? -1
        idleEnds = done > reached ? 0 : idleEnds + 1
        reached = Math.max(reached, done)
        const judged = judgeEnd(await this.#ended(step, order, record, end, idleEnds))
        if (judged.next === 'finished')
          return { state: 'finished', seconds: this.#store.record(step.kind, step.key).seconds }
        if (judged.next === 'fail') return { state: 'failed', reason: judged.reason }
        if (judged.memory === 'more') memoryRetries++
        order.onNote(`${step.label}: job ${record.job}: ${judged.why}; it is submitted again`)
      }
    } finally {
      this.#giveRoom()
    }
  }

  /** What there is to know of a job that is no longer in the queue, once the store shows what it has written. */
  async #ended(step: Step, order: StepOrder, record: JobRecord, end: Exclude<EndInQueue, 'stopped'>, idleEnds: number) {
    const state = end === 'gone' ? ('gone' as const) : isStuck(end) ? ('cancelled' as const) : end.state
    const says = state === 'completed' || state === 'failed'
    const deadline = performance.now() + (says ? lagMs : 0)
    for (;;) {
      const isFinished = this.#isFinished(step, order)
      const failure = this.#store.failure(step.kind, step.key)
      const reason = failure !== undefined && failure.time !== record.failedBefore ? failure.reason : undefined
      const lastLine = lastLineOf(logFile(record))
      const isSettled = isFinished || reason !== undefined || (state === 'failed' && lastLine !== undefined)
      if (isSettled || performance.now() >= deadline) {
        const { job, memoryMb, memoryRetries } = record
        const nodes = end === 'gone' ? '' : end.nodes
        return {
          job,
          state,
          nodes,
          isFinished,
          reason,
          lastLine,
          log: logFile(record),
          memoryMb,
          memoryRetries,
          idleEnds,
        }
      }
      await sleep(500)
    }
  }

  #isFinished({ kind, key }: Step, { repeat }: StepOrder): boolean {
    return this.#store.isDone(kind, key) && !(repeat && kind === 'teach' && !this.#store.hasWeights(key))
  }

  /**
   * The job that does a step: the one in the queue, whoever has submitted it, or a new one. One at a time, so that two login
   * nodes never submit the same step.
   */
  async #jobOf(step: Step, memoryRetries: number, order: StepOrder): Promise<JobRecord> {
    const turn = this.#submitting.then(async () => {
      this.#known ??= this.#watch.look()
      await this.#known
      order.signal.throwIfAborted()
      return await this.#ledger.whileSubmitting(async () => {
        const record = this.#ledger.read(step.key)
        if (record !== undefined && (await this.#isInQueue(record))) return record
        // Whoever submitted it died before it was written down.
        const orphan = this.#byComment.get(this.#ledger.commentOf(step.key))
        return orphan === undefined ? await this.#submit(step, memoryRetries, order) : this.#adopt(step, orphan)
      })
    })
    this.#submitting = turn.catch(() => {})
    return await turn
  }

  /** Another login node may have submitted a job since this one looked. */
  async #isInQueue({ job, submitted }: JobRecord): Promise<boolean> {
    if (!this.#watch.jobs.has(job) && !this.#seen.has(job + submitted)) {
      this.#seen.add(job + submitted)
      await this.#watch.look()
    }
    const found = this.#watch.jobs.get(job)
    return found !== undefined && isHopeful(found)
  }

  async #submit(step: Step, memoryRetries: number, order: StepOrder): Promise<JobRecord> {
    const { request } = this.#work
    const limits = await this.#siteLimits()
    const job = jobOf(step, this.#work, limits, memoryRetries, this.#ledger)
    const failedBefore = this.#store.failure(step.kind, step.key)?.time
    const id = await this.#slurm.submit(jobScript(job, request))
    const { minutes, memoryMb } = job.resources
    order.onNote(`${step.label}: job ${id}, ${asked(job.resources)}`)
    const { cluster } = limits
    return this.#ledger.write(step, { job: id, cluster, memoryMb, minutes, memoryRetries, log: job.log, failedBefore })
  }

  #adopt(step: Step, { id }: QueuedJob): JobRecord {
    const log = this.#ledger.logOf(step.key.slice(0, 12))
    return this.#ledger.write(step, {
      job: id,
      cluster: '',
      memoryMb: this.#work.request.memoryMb,
      memoryRetries: 0,
      log,
    })
  }

  async #siteLimits(): Promise<SiteLimits> {
    this.#limits ??= this.#slurm.limits(this.#work.request.partition)
    return await this.#limits
  }

  async #takeRoom(signal: AbortSignal): Promise<void> {
    this.#counted ??= this.#countRoom()
    await this.#counted
    if (this.#room > 0) {
      this.#room--
      return
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else this.#waitingForRoom.push(resolve)
    })
  }

  /** Jobs that may be in the queue at once: as the study says, else as the site does. */
  async #countRoom(): Promise<void> {
    this.#room = this.#work.request.jobs ?? (await this.#siteLimits()).jobs
  }

  /** Ends the following; whoever waits goes on and sees it. */
  #end(): void {
    this.#stop.abort()
    for (const go of this.#waitingForRoom.splice(0)) go()
  }

  #giveRoom(): void {
    const next = this.#waitingForRoom.shift()
    if (next !== undefined) next()
    else this.#room++
  }

  #look(step: Step, { state }: QueuedJob, order: StepOrder): void {
    if (state !== 'running') return
    const progress = toldProgress(step, this.#store)
    if (progress !== undefined) order.onProgress(progress)
  }

  #tellQueue(jobs: ReadonlyMap<string, QueuedJob>): void {
    this.#byComment = new Map([...jobs.values()].filter(isHopeful).map((job) => [job.comment, job]))
    const sentence = queueSentence([...jobs.values()].filter(({ id }) => this.#ours.has(id)))
    if (sentence !== '' && sentence !== this.#told) this.#work.onQueue(sentence)
    this.#told = sentence
  }
}

/** The job of a step, as it is submitted. */
function jobOf(
  step: Step,
  { request, stepCommand, needsOf }: Pick<ClusterWork, 'request' | 'stepCommand' | 'needsOf'>,
  limits: Pick<SiteLimits, 'minutes'>,
  memoryRetries: number,
  ledger: JobLedger,
): JobRequest {
  return {
    name: step.label,
    comment: ledger.commentOf(step.key),
    resources: resourcesOf(needsOf(step), request, limits, memoryRetries),
    log: ledger.logOf(step.key.slice(0, 12)),
    folder: process.cwd(),
    command: stepCommand(step.key),
  }
}

function asked({ minutes, memoryMb, cpus }: JobRequest['resources']): string {
  const time = minutes === undefined ? "the partition's time" : `${minutes} min`
  return `asks for ${time}, ${memoryMb} MiB, ${cpus} processors`
}

/** The last line of a file with anything in it. */
function lastLineOf(file: string): string | undefined {
  try {
    const handle = openSync(file, 'r')
    try {
      const { size } = fstatSync(handle)
      const bytes = Buffer.alloc(Math.min(size, 8192))
      readSync(handle, bytes, 0, bytes.length, size - bytes.length)
      return bytes
        .toString('utf8')
        .split('\n')
        .findLast((line) => line.trim() !== '')
        ?.trim()
    } finally {
      closeSync(handle)
    }
  } catch {
    return undefined
  }
}
