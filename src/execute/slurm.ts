import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../base/fault.ts'
import { endState, judgeEnd } from '../cluster/job-end.ts'
import { JobLedger, type JobRecord, logFile } from '../cluster/job-ledger.ts'
import { lastLineOf } from '../cluster/job-log.ts'
import { type JobRequest, jobScript, requireJobFolders } from '../cluster/job-script.ts'
import { isAlive, isHeldBack, isHopeful, type QueuedJob } from '../cluster/queue.ts'
import { type EndInQueue, QueueWatch } from '../cluster/queue-watch.ts'
import { queueSentence } from '../cluster/queue-words.ts'
import { resourcesOf } from '../cluster/resources.ts'
import type { SiteLimits } from '../cluster/site-limits.ts'
import { NoRoom, Slurm } from '../cluster/slurm.ts'
import type { StepKey } from '../study/keys.ts'
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
import { stepsToDo } from '../study/run/readiness.ts'
import { toldProgress } from '../study/run/status.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'

/** A shared folder may show on one machine only a while later what another has written. */
const lagMs = 60_000

/** Why a job waits at first that has gone back into the queue, as one does whose step another process is at. */
const goneBack = 'BeginTime'

/**
 * Does steps as jobs of Slurm, each of which runs `reteach step`, and follows them. Stopping ends the following alone: the jobs
 * stay in the queue, and the next run finds them again.
 *
 * @throws {Fault} if jobs cannot run here, or print into the store
 */
export function slurmExecutor(plan: Plan, options: ExecutorOptions): Executor {
  if (options.cluster === undefined) throw new Fault('Missing "cluster": it says how steps become jobs')
  requireJobFolders(process.cwd(), options.store.folder)
  return new SlurmExecutor(plan, options.store, options.cluster)
}

/** The scripts of the jobs that a run would follow, each of which it submits once what the step needs is finished. */
export async function scriptsToFollow(plan: Plan, store: Store, work: ClusterWork): Promise<string[]> {
  requireJobFolders(process.cwd(), store.folder)
  const limits = await new Slurm({ onNotice: (sentence) => work.onQueue(sentence) }).limits(work.request.partition)
  const ledger = new JobLedger(store, { writes: false })
  return stepsToDo(plan, store).map((step) => jobScript(jobOf(step, work, limits, 0, ledger), work.request))
}

class SlurmExecutor implements Executor {
  readonly readsHere = false
  readonly capacity = Number.POSITIVE_INFINITY
  readonly #plan: Plan
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
  /** Jobs that are, or will be, at work on a step, as the queue was when it was last looked at. */
  #byStep: ReadonlyMap<StepKey, QueuedJob> = new Map()
  #listening = false
  #submitting: Promise<unknown> = Promise.resolve()
  /** While the site takes no more jobs. */
  #pause: Promise<unknown> = Promise.resolve()
  #told = ''

  constructor(plan: Plan, store: Store, work: ClusterWork) {
    this.#plan = plan
    this.#store = store
    this.#work = work
    this.#ledger = new JobLedger(store, { onWait: (sentence) => work.onQueue(sentence) })
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
        const end = await this.#watch.endOf(record.job, this.#looker(step, order))
        this.#ours.delete(record.job)
        if (end === 'stopped') return { state: 'interrupted' }
        const done = toldProgress(step, this.#store)?.done ?? -1
        idleEnds = done > reached ? 0 : idleEnds + 1
        reached = Math.max(reached, done)
        const judged = judgeEnd(await this.#ended(step, order, record, end, idleEnds))
        if (judged.next === 'finished')
          return { state: 'finished', seconds: this.#store.record(step.kind, step.key).seconds }
        if (judged.next === 'fail') {
          await this.#writeLoss(step, record, judged.reason)
          return { state: 'failed', reason: judged.reason }
        }
        if (judged.memory === 'more') memoryRetries++
        order.onNote(`${step.label}: job ${record.job}: ${judged.why}; it is submitted again`)
      }
    } finally {
      this.#giveRoom()
    }
  }

  /**
   * What there is to know of a job that is no longer in the queue, once the store shows what it has written.
   *
   * @throws {Error} when the run is interrupted meanwhile
   */
  async #ended(step: Step, order: StepOrder, record: JobRecord, end: Exclude<EndInQueue, 'stopped'>, idleEnds: number) {
    const state = endState(end === 'gone' ? undefined : end, logFile(record))
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
      await sleep(500, undefined, { signal: order.signal })
    }
  }

  async #writeLoss({ kind, key }: Step, { job }: JobRecord, reason: string): Promise<void> {
    const failedAt = this.#store.failure(kind, key)?.time
    await this.#ledger.whileSubmitting(async () => this.#ledger.lose(key, job, { reason, failedAt }))
  }

  #isFinished({ kind, key }: Step, { repeat }: StepOrder): boolean {
    return this.#store.isDone(kind, key) && !(repeat && kind === 'teach' && !this.#store.hasWeights(key))
  }

  /**
   * The job that does a step: the one in the queue, whoever has submitted it, or a new one. One at a time, so that two login
   * nodes never submit the same step.
   */
  async #jobOf(step: Step, memoryRetries: number, order: StepOrder): Promise<JobRecord> {
    this.#known ??= this.#watch.look()
    await this.#known
    const before = this.#ledger.read(step.key)
    // Submitted since, or ended long ago.
    if (before !== undefined && !this.#watch.jobs.has(before.job)) await this.#watch.look()
    for (;;) {
      const turn = this.#submitting.then(() => this.#findOrSubmit(step, before, memoryRetries, order))
      this.#submitting = turn.catch(() => {})
      try {
        return await turn
      } catch (error) {
        if (!(error instanceof NoRoom) || !(await this.#mayGetRoom(error))) throw error
      }
    }
  }

  async #findOrSubmit(
    step: Step,
    before: JobRecord | undefined,
    memoryRetries: number,
    order: StepOrder,
  ): Promise<JobRecord> {
    await this.#pause
    order.signal.throwIfAborted()
    return await this.#ledger.whileSubmitting(async () => {
      const record = this.#ledger.read(step.key)
      // Another login node has submitted it meanwhile.
      if (record !== undefined && record.submitted !== before?.submitted) return record
      const queued = record === undefined ? undefined : this.#watch.jobs.get(record.job)
      if (record !== undefined && queued !== undefined && isHopeful(queued)) return record
      // Whoever submitted it died before it was written down.
      const orphan = this.#byStep.get(step.key)
      if (orphan !== undefined) return this.#adopt(step, orphan)
      if (queued !== undefined && isHeldBack(queued)) await this.#slurm.cancel([queued.id])
      return await this.#submit(step, memoryRetries, order)
    })
  }

  /** The site's word holds until the queue is looked at again; where no job is in it, no room can come. */
  async #mayGetRoom({ message }: NoRoom): Promise<boolean> {
    this.#tell(`${message}: the next job is submitted when there is room`)
    this.#pause = this.#watch.look()
    await this.#pause
    return [...this.#watch.jobs.values()].some(isAlive)
  }

  async #submit(step: Step, memoryRetries: number, order: StepOrder): Promise<JobRecord> {
    const { request } = this.#work
    const limits = await this.#siteLimits()
    const job = jobOf(step, this.#work, limits, memoryRetries, this.#ledger)
    const failedBefore = this.#store.failure(step.kind, step.key)?.time
    const id = await this.#slurm.submit(jobScript(job, request))
    const { minutes, memoryMb } = job.resources
    order.onNote(`${step.label}: job ${id}, ${asked(job.resources)}`)
    return this.#writeDown(step, {
      job: id,
      cluster: limits.cluster,
      memoryMb,
      minutes,
      memoryRetries,
      log: job.log,
      failedBefore,
    })
  }

  #adopt(step: Step, job: QueuedJob): JobRecord {
    const log = this.#ledger.logOfQueued(job, step.key)
    const { memoryMb } = this.#work.request
    return this.#writeDown(step, { job: job.id, cluster: '', memoryMb, memoryRetries: 0, log })
  }

  #writeDown(step: Step, job: Parameters<JobLedger['write']>[1]): JobRecord {
    return this.#ledger.write(step, { ...job, study: this.#plan.study.name })
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
    this.#known ??= this.#watch.look()
    await this.#known
    // Jobs of this study are counted when their steps are followed.
    const others = [...this.#watch.jobs.values()].filter((job) => isAlive(job) && !this.#isOurs(job)).length
    this.#room = this.#work.request.jobs ?? Math.max(1, (await this.#siteLimits()).jobs - others)
  }

  #isOurs(job: QueuedJob): boolean {
    const key = this.#ledger.stepOf(job)
    return key !== undefined && this.#plan.steps.has(key)
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

  /** What is told of a step whenever the queue shows its job. */
  #looker(step: Step, order: StepOrder): (job: QueuedJob) => void {
    let told = ''
    return ({ id, state, reason }) => {
      if (state === 'running') {
        const progress = toldProgress(step, this.#store)
        if (progress !== undefined) order.onProgress(progress)
      } else if (reason === goneBack) {
        const holder = this.#store.worker(step.kind, step.key)
        // Of a job whose node has failed the lock may still be its own.
        if (holder === undefined || holder.job?.id.endsWith(`/${id}`)) return
        const sentence = `${step.label}: job ${id} waits, as process ${holder.pid} on ${holder.host} is working on it`
        if (sentence !== told) order.onNote(sentence)
        told = sentence
      }
    }
  }

  #tellQueue(jobs: ReadonlyMap<string, QueuedJob>): void {
    const alive = [...jobs.values()].filter(isHopeful)
    this.#byStep = new Map(
      alive.flatMap((job) => {
        const key = this.#ledger.stepOf(job)
        return key === undefined ? [] : [[key, job] as const]
      }),
    )
    this.#work.onJobs?.(this.#byStep)
    this.#tell(queueSentence([...jobs.values()].filter(({ id }) => this.#ours.has(id))))
  }

  #tell(sentence: string): void {
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
