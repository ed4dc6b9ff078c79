import { Fault } from '../base/fault.ts'
import { plural } from '../base/plural.ts'
import { endState } from '../cluster/job-end.ts'
import { JobLedger, logFile } from '../cluster/job-ledger.ts'
import { type JobRequest, jobScript, keyOfElement, requireJobFolders } from '../cluster/job-script.ts'
import { lostSteps } from '../cluster/lost-steps.ts'
import { isAlive, isHeldBack, isHopeful, type QueuedJob } from '../cluster/queue.ts'
import { resourcesOf } from '../cluster/resources.ts'
import type { SiteLimits } from '../cluster/site-limits.ts'
import { NoRoom, Slurm } from '../cluster/slurm.ts'
import type { StepKey } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
import { beginRun } from '../study/run/begin-run.ts'
import type { ClusterWork } from '../study/run/executor.ts'
import { stepsToDo } from '../study/run/readiness.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'
import { studyJobs } from './cluster-jobs.ts'
import { groupSteps, type JobGroup, type JobNeeds, type StepJob } from './job-groups.ts'

export interface SubmitOptions {
  readonly store: Store
  readonly cluster: ClusterWork
  /** The command that goes on when what has been submitted is done: with the next steps, or with tables and figures. */
  readonly goOn: readonly string[]
  /** Whether it is that command that asks: then what has failed is not tried again. */
  readonly isGoingOn: boolean
  /** Number of the job of Slurm that asks, where one does. */
  readonly ownJob?: string | undefined
  /** Told each job, or array of jobs, before it is submitted; with `dryRun` nothing is submitted. */
  onScript?(script: string): void
  readonly dryRun?: boolean
  onNotice?(sentence: string): void
}

export interface Submission {
  /** Steps that have a job now, and those that had one. */
  readonly submitted: readonly Step[]
  readonly inQueue: readonly Step[]
  /** Jobs and arrays that were submitted. */
  readonly jobs: number
  /** Steps for which the site's limits leave no room yet: the last job submits them. */
  readonly later: number
  /** Steps that have failed, or that need one that has. */
  readonly lost: readonly Step[]
  /** The job that goes on when the others have ended; absent where there is nothing to wait for. */
  readonly last?: string
}

/** The job that goes on, while it runs, a step that it submits and the next job that goes on. */
const leastJobs = 3

/**
 * Submits every step of a plan that is not finished, each after those that it needs, as far as the site's limits allow, and
 * one more job that goes on once all of these have ended. Nothing has to stay running for it.
 *
 * @throws {NoRoom} if the queue holds as many jobs already as it may
 * @throws {Fault} if jobs cannot run here, or print into the store; if Slurm refuses a job, what was submitted before stays; or if fewer jobs may be in the queue than it takes
 */
export async function submitStudy(plan: Plan, options: SubmitOptions): Promise<Submission> {
  requireJobFolders(process.cwd(), options.store.folder)
  if (!options.dryRun) beginRun(plan, options.store)
  const { onNotice } = options
  const slurm = new Slurm(onNotice && { onNotice })
  const ledger = new JobLedger(options.store, {
    writes: options.dryRun !== true,
    ...(onNotice && { onWait: onNotice }),
  })
  const limits = await slurm.limits(options.cluster.request.partition)
  return await ledger.whileSubmitting(async () => {
    const queue = await slurm.queue()
    return await new Submitter(plan, options, { slurm, ledger, limits, queue }).submit()
  })
}

interface Site {
  readonly slurm: Slurm
  readonly ledger: JobLedger
  readonly limits: SiteLimits
  readonly queue: readonly QueuedJob[]
}

class Submitter {
  readonly #plan: Plan
  readonly #options: SubmitOptions
  readonly #site: Site
  readonly #jobOf = new Map<StepKey, StepJob>()
  /** Jobs that no other job waits for. */
  readonly #ends = new Set<string>()
  readonly #queued: ReadonlyMap<string, QueuedJob>
  readonly #most: number
  /** Jobs that go on with the study and have not begun: those of earlier calls, each as good as another. */
  readonly #goingOn: readonly QueuedJob[]
  #room = 0
  #jobs = 0
  #scripts = 0

  constructor(plan: Plan, options: SubmitOptions, site: Site) {
    this.#plan = plan
    this.#options = options
    this.#site = site
    this.#queued = new Map(site.queue.map((job) => [job.id, job]))
    this.#most = Math.min(site.limits.jobs, this.#mostOfStudy)
    const waiting = site.queue.filter(({ id, state }) => state === 'waiting' && id !== options.ownJob)
    this.#goingOn = studyJobs(plan, site.ledger, waiting).filter(({ key }) => key === undefined)
  }

  async submit(): Promise<Submission> {
    const { store } = this.#options
    const open = stepsToDo(this.#plan, store)
    const lost = this.#giveUp(open)
    const inQueue = this.#findJobs(open)
    const left = open.filter(({ key }) => !lost.has(key) && !this.#jobOf.has(key))
    this.#countRoom(await this.#cancelHeldBack(left))
    this.#refuseForRoom(left.length, inQueue.length)
    const submitted = await this.#submitSteps(left)
    for (const step of left.filter(({ key }) => !this.#jobOf.has(key))) this.#putOff(step)
    const last = this.#ends.size === 0 ? undefined : await this.#goOn()
    return {
      submitted,
      inQueue,
      jobs: this.#jobs,
      later: left.length - submitted.length,
      lost: open.filter(({ key }) => lost.has(key)),
      ...(last === undefined ? {} : { last }),
    }
  }

  get #mostOfStudy(): number {
    return this.#options.cluster.request.jobs ?? Number.POSITIVE_INFINITY
  }

  /** Whoever asks for a study has everything tried again. */
  #giveUp(open: readonly Step[]): ReadonlySet<StepKey> {
    const { store, isGoingOn } = this.#options
    const { ledger } = this.#site
    if (!isGoingOn) return new Set()
    const lost = lostSteps(open, { store, ledger, jobs: this.#queued })
    for (const { kind, key } of open) {
      const reason = lost.get(key)
      const job = reason === undefined ? '' : (ledger.read(key)?.job ?? '')
      if (job !== '') ledger.lose(key, job, { reason: reason!, failedAt: store.failure(kind, key)?.time })
    }
    return new Set(lost.keys())
  }

  /**
   * How many jobs may be submitted beside the one that goes on.
   *
   * @param gone jobs that have been cancelled
   */
  #countRoom(gone: ReadonlySet<string>): void {
    const { queue, ledger, limits } = this.#site
    const alive = queue.filter((job) => isAlive(job) && !gone.has(job.id))
    // Of those that go on only the one that asks takes a place from the study's own: the others give way to the next.
    const ours = studyJobs(this.#plan, ledger, alive).filter(
      ({ key, id }) => key !== undefined || id === this.#options.ownJob,
    )
    // Where the site has no place for the next, one that waits is kept.
    const ofSite = limits.jobs - alive.length - (this.#goingOn.some(isHopeful) ? 0 : 1)
    this.#room = Math.min(ofSite, this.#mostOfStudy - ours.length - 1)
  }

  /** Before anything is submitted that nobody would go on from. */
  #refuseForRoom(left: number, inQueue: number): void {
    const others = this.#options.isGoingOn ? 2 : 1
    if (this.#most < leastJobs && left > this.#most - others)
      throw new Fault(
        `Cannot submit ${plural(left, 'step')} where ${plural(this.#most, 'job')} may be in the queue at once, as it takes ${leastJobs}: leave out "--detach"`,
      )
    if (left === 0 || inQueue > 0 || this.#room >= 1) return
    const whose = this.#mostOfStudy < this.#site.limits.jobs ? 'of the study' : 'of yours'
    throw new NoRoom(
      `Cannot submit ${plural(left, 'step')}, as ${plural(this.#most, 'job')} ${whose} may be in the queue at once: the same command does when there is room`,
    )
  }

  /** @returns those for which there was room */
  async #submitSteps(left: readonly Step[]): Promise<Step[]> {
    const submitted: Step[] = []
    for (const level of levelsOf(left)) {
      const groups = groupSteps(level.slice(0, Math.max(0, this.#room)), {
        steps: this.#plan.steps,
        jobOf: this.#jobOf,
        needsOf: (step) => this.#needsOf(step),
        arraySize: this.#site.limits.arraySize,
      })
      for (const group of groups) {
        try {
          await this.#submitGroup(group)
        } catch (error) {
          // The site takes less than it says: what has been submitted is gone on from.
          if (!(error instanceof NoRoom) || this.#ends.size === 0) throw error
          return submitted
        }
        submitted.push(...group.steps.values())
      }
    }
    return submitted
  }

  /** Steps whose jobs are in the queue, whoever has submitted them. */
  #findJobs(open: readonly Step[]): Step[] {
    const { queue, ledger } = this.#site
    const alive = queue.filter(isHopeful)
    const ids = new Set(alive.map(({ id }) => id))
    const byKey = new Map(alive.map((job) => [ledger.stepOf(job), job.id]))
    return open.filter(({ key }) => {
      const known = ledger.read(key)?.job
      const id = known !== undefined && ids.has(known) ? known : byKey.get(key)
      if (id === undefined) return false
      this.#jobOf.set(key, { id })
      this.#ends.add(arrayOf(id))
      return true
    })
  }

  /** Jobs that Slurm holds back for good give way, and their room, to those that are submitted now. @returns their numbers */
  async #cancelHeldBack(left: readonly Step[]): Promise<ReadonlySet<string>> {
    const { queue, ledger, slurm } = this.#site
    const keys = new Set(left.map(({ key }) => key))
    const isOurs = (job: QueuedJob): boolean => keys.has(ledger.stepOf(job) ?? ('' as StepKey))
    const ids = queue.filter((job) => isHeldBack(job) && isOurs(job)).map(({ id }) => id)
    if (ids.length > 0 && !this.#options.dryRun) await slurm.cancel(ids)
    return new Set(ids)
  }

  #needsOf(step: Step): JobNeeds {
    const { cluster } = this.#options
    const memoryRetries = this.#memoryRetries(step)
    const resources = resourcesOf(cluster.needsOf(step), cluster.request, this.#site.limits, memoryRetries)
    return { resources, memoryRetries }
  }

  #memoryRetries({ key }: Step): number {
    const { ledger } = this.#site
    const record = this.#options.isGoingOn ? ledger.read(key) : undefined
    const isShort = record !== undefined && endState(this.#queued.get(record.job), logFile(record)) === 'out-of-memory'
    return (record?.memoryRetries ?? 0) + (isShort ? 1 : 0)
  }

  async #submitGroup(group: JobGroup): Promise<void> {
    const { ledger } = this.#site
    const { steps } = group
    const keys = new Map([...steps].map(([index, { key }]) => [index, key]))
    const array = steps.size > 1 ? ledger.writeArray(keys) : undefined
    const job = this.#jobRequest(group, array)
    const id = await this.#submitScript(jobScript(job, this.#options.cluster.request))
    this.#jobs++
    this.#room -= steps.size
    for (const need of group.after) this.#ends.delete(need)
    this.#ends.add(id)
    for (const [index, step] of steps) {
      const one = array === undefined ? { id } : { id: `${id}_${index}`, element: { array: id, index } }
      this.#jobOf.set(step.key, one)
      this.#writeDown(step, one.id, group.needs, job.log)
    }
  }

  #jobRequest(
    { steps, needs, after, beside }: JobGroup,
    array: ReturnType<JobLedger['writeArray']> | undefined,
  ): JobRequest {
    const { cluster } = this.#options
    const { ledger } = this.#site
    const [[firstIndex, first]] = [...steps] as [[number, Step]]
    // An element's own neighbour, where it is alone.
    const alone = array === undefined ? beside.map((id) => `${id}_${firstIndex}`) : []
    const dependency = [
      ...(after.length + alone.length === 0 ? [] : [`afterok:${[...after, ...alone].join(':')}`]),
      ...(array === undefined || beside.length === 0 ? [] : [`aftercorr:${beside.join(':')}`]),
    ]
    return {
      name: array === undefined ? first.label : `${first.label} and ${steps.size - 1} more`,
      comment: ledger.commentOf(array?.name ?? first.key),
      resources: needs.resources,
      log: ledger.logOf(array?.name ?? first.key.slice(0, 12), array !== undefined),
      folder: process.cwd(),
      command: cluster.stepCommand(array === undefined ? first.key : keyOfElement),
      ...(array === undefined ? {} : { array: { file: array.file, indexes: [...steps.keys()].sort((a, b) => a - b) } }),
      ...(dependency.length === 0 ? {} : { dependency: dependency.join(',') }),
    }
  }

  #writeDown(step: Step, job: string, { resources, memoryRetries }: JobNeeds, log: string): void {
    const { ledger, limits } = this.#site
    const before = this.#options.isGoingOn ? (ledger.read(step.key)?.jobs ?? 0) : 0
    const { memoryMb, minutes } = resources
    const failedBefore = this.#options.store.failure(step.kind, step.key)?.time
    const { cluster } = limits
    const study = this.#plan.study.name
    ledger.write(step, { study, job, cluster, memoryMb, minutes, memoryRetries, jobs: before + 1, log, failedBefore })
  }

  /** What has become of a step before is not held against it when the next call finds it without a job. */
  #putOff(step: Step): void {
    const { ledger } = this.#site
    const { store, isGoingOn } = this.#options
    const record = ledger.read(step.key)
    const failedBefore = store.failure(step.kind, step.key)?.time
    if (record === undefined && failedBefore === undefined) return
    const { cluster = '', memoryMb = 0, log = '' } = record ?? {}
    const jobs = isGoingOn ? (record?.jobs ?? 0) : 0
    const memoryRetries = this.#memoryRetries(step)
    const study = this.#plan.study.name
    ledger.write(step, { study, job: '', cluster, memoryMb, memoryRetries, jobs, log, failedBefore })
  }

  /**
   * One job goes on with a study. The newest takes the place of those before it, as what was asked last counts; one that has begun
   * finds it when its turn to submit comes.
   *
   * @returns its number
   */
  async #goOn(): Promise<string> {
    const kept = this.#goingOn.find(isHopeful)?.id
    const last = await this.#submitLast().catch((error: unknown) => {
      // Whatever it waits for: what is in the queue when it begins is gone on from.
      if (error instanceof NoRoom && kept !== undefined) return kept
      throw error
    })
    const others = this.#goingOn.map(({ id }) => id).filter((id) => id !== last)
    if (others.length > 0 && !this.#options.dryRun) await this.#site.slurm.cancelWaiting(others)
    return last
  }

  /** The job that goes on waits for all others, however they end. */
  async #submitLast(): Promise<string> {
    const { goOn, cluster } = this.#options
    const { ledger, limits } = this.#site
    // Where the study names no time the partition's own default does, which is less than the most that it allows.
    const minutes =
      cluster.request.minutes === undefined ? undefined : Math.min(cluster.request.minutes, limits.minutes)
    const job: JobRequest = {
      name: `${this.#plan.study.name}: next steps, or tables`,
      comment: ledger.commentOf(ledger.goOnOf(this.#plan.study.name)),
      resources: { minutes, memoryMb: 2048, cpus: 1 },
      log: ledger.logOf('go-on'),
      folder: process.cwd(),
      command: goOn,
      dependency: `afterany:${[...this.#ends].join(':')}`,
    }
    return await this.#submitScript(jobScript(job, cluster.request))
  }

  async #submitScript(script: string): Promise<string> {
    this.#options.onScript?.(script)
    this.#scripts++
    return this.#options.dryRun ? `JOB${this.#scripts}` : await this.#site.slurm.submit(script)
  }
}

/** The array of an element; a job that is none is its own. */
function arrayOf(job: string): string {
  return job.split('_', 1)[0]!
}

/** Steps by how many others, of those given, come before them. */
function levelsOf(steps: readonly Step[]): Step[][] {
  const depth = new Map<StepKey, number>()
  const levels: Step[][] = []
  // The plan's order has every step after those that it needs.
  for (const step of steps) {
    const own = Math.max(-1, ...step.needs.map((key) => depth.get(key) ?? -1)) + 1
    depth.set(step.key, own)
    const level = levels[own] ?? []
    level.push(step)
    levels[own] = level
  }
  return levels
}
