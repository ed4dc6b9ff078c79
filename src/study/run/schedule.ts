import { Fault } from '../../base/fault.ts'
import type { LockHolder } from '../../base/lock.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { SmallestFirst } from '../plan/smallest-first.ts'
import type { StepProgress } from '../steps/runners.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Store } from '../store/store.ts'
import { type Executor, type StepFault, type StepOutcome, stepFault } from './executor.ts'
import { damagedFor, lessonsToRepeat } from './readiness.ts'
import { usersOf } from './step-users.ts'

/** What happens while a study runs, told as it happens. */
export interface RunObserver {
  onProgress?(step: Step, progress: StepProgress): void
  onNotice?(step: Step, sentence: string): void
  onNote?(step: Step, sentence: string): void
  onFinish?(step: Step, seconds: number): void
  onFailure?(step: Step, reason: string): void
  /** The step will not be tried, as something that it needs has failed. */
  onBlocked?(step: Step): void
  /** Another process has finished the step since the run began. */
  onFoundFinished?(step: Step): void
  /** Another process works on the step; this one goes on with others and comes back. */
  onHeld?(step: Step, holder: LockHolder): void
}

export interface ScheduleOptions {
  readonly store: Store
  readonly executor: Executor
  /** Ends the run; the state of what is being taught stays. */
  readonly signal?: AbortSignal
  readonly observer?: RunObserver
  /** How often a step that another process holds is looked at. @default 1000 */
  readonly pollMs?: number
}

export interface RunReport {
  /** Steps that this run has finished. */
  readonly finished: readonly Step[]
  /** Steps that were finished before, or meanwhile by another process. */
  readonly reused: readonly Step[]
  readonly failed: readonly StepError[]
  /** Steps that were not tried as something that they need has failed. */
  readonly blocked: readonly Step[]
  readonly interrupted: boolean
}

export interface StepError extends StepFault {
  readonly step: Step
}

/**
 * Has every step of a plan done that is not finished. A step that fails stops only what needs it; the next run tries it
 * again.
 */
export async function schedule(plan: Plan, options: ScheduleOptions): Promise<RunReport> {
  return await new Schedule(plan, options).run()
}

class Schedule {
  readonly #plan: Plan
  readonly #options: ScheduleOptions
  readonly #signal: AbortSignal
  readonly #observer: RunObserver
  readonly #pollMs: number
  readonly #again: ReadonlySet<StepKey>
  readonly #waiting: Map<StepKey, Step>
  readonly #done = new Set<StepKey>()
  readonly #users: ReadonlyMap<StepKey, readonly Step[]>
  readonly #places: ReadonlyMap<StepKey, number>
  /** Steps that may be ready, the first of the plan first: to look at all, each time that one ends, is much for a large study. */
  readonly #mayBegin = new SmallestFirst<Step>()
  readonly #considered = new Set<Step>()
  /** Failed steps whose users have been taken out. */
  #blockedFor = 0
  readonly #underWay = new Map<StepKey, Step>()
  /** Called when a step has ended: a race of thousands of promises, run anew for each that ends, would keep what waits for them. */
  #onEnd: () => void = () => {}
  /** An exception of an observer or our own, which ends the run once what is under way has stored its state. */
  #bug: { readonly error: unknown } | undefined
  readonly #stop = new AbortController()
  /** Steps that others were at when they were last looked at, and those of which that has been told. */
  readonly #held = new Set<StepKey>()
  readonly #announced = new Set<StepKey>()
  /** Steps that were finished and found to be damaged when something was about to read them. */
  readonly #takenBack = new Set<StepKey>()
  readonly #reused = new Map<StepKey, Step>()
  readonly #report = {
    finished: [] as Step[],
    failed: [] as StepError[],
    blocked: [] as Step[],
  }

  constructor(plan: Plan, options: ScheduleOptions) {
    const { store, signal = new AbortController().signal, observer = {}, pollMs = 1000 } = options
    this.#plan = plan
    this.#options = options
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
    this.#observer = observer
    this.#pollMs = pollMs
    this.#waiting = new Map(plan.steps)
    this.#again = lessonsToRepeat(plan, store)
    this.#users = usersOf(plan)
    this.#places = new Map([...plan.steps.keys()].map((key, place) => [key, place]))
    for (const step of plan.steps.values()) {
      if (store.isDone(step.kind, step.key) && !this.#again.has(step.key)) this.#reuse(step)
    }
    for (const step of this.#waiting.values()) this.#consider(step)
  }

  async run(): Promise<RunReport> {
    while (this.#waiting.size > 0 || this.#underWay.size > 0) {
      if (this.#signal.aborted && this.#underWay.size === 0) break
      this.#held.clear()
      const before = this.#waiting.size
      if (!this.#signal.aborted) this.#guard(() => this.#beginReady())
      this.#block()
      await this.#change(before)
    }
    if (this.#bug !== undefined) throw this.#bug.error
    return { ...this.#report, reused: [...this.#reused.values()], interrupted: this.#signal.aborted }
  }

  #beginReady(): void {
    const { executor } = this.#options
    const later: Step[] = []
    while (this.#mayBegin.size > 0 && this.#underWay.size < executor.capacity) {
      const step = this.#mayBegin.take()!
      this.#considered.delete(step)
      if (!this.#waiting.has(step.key) || !this.#isReady(step)) continue
      if (executor.hasRoom(step, this.#underWay)) this.#tryToBegin(step)
      if (this.#waiting.has(step.key)) later.push(step)
    }
    for (const step of later) this.#consider(step)
  }

  #tryToBegin(step: Step): void {
    try {
      if (!this.#options.executor.readsHere || !this.#takeBackNeedsOf(step)) this.#begin(step)
    } catch (error) {
      this.#waiting.delete(step.key)
      this.#fail(step, stepFault(error))
    }
  }

  #isReady({ needs }: Step): boolean {
    return needs.every((key) => this.#done.has(key))
  }

  #consider(step: Step): void {
    if (this.#considered.has(step)) return
    this.#considered.add(step)
    this.#mayBegin.add(this.#places.get(step.key)!, step)
  }

  #markDone({ key }: Step): void {
    this.#done.add(key)
    for (const user of this.#users.get(key) ?? []) if (this.#waiting.has(user.key)) this.#consider(user)
  }

  /** Takes out the steps that need a failed one. */
  #block(): void {
    const { failed, blocked } = this.#report
    if (failed.length === this.#blockedFor) return
    this.#blockedFor = failed.length
    const before = blocked.length
    block(this.#plan.steps.values(), this.#waiting, this.#report)
    for (const step of blocked.slice(before)) this.#guard(() => this.#observer.onBlocked?.(step))
  }

  #begin(step: Step): void {
    const observer = this.#observer
    const begun = this.#options.executor.begin(step, {
      repeat: this.#again.has(step.key),
      signal: this.#signal,
      onProgress: (progress) => this.#guard(() => observer.onProgress?.(step, progress)),
      onNotice: (sentence) => this.#guard(() => observer.onNotice?.(step, sentence)),
      onNote: (sentence) => this.#guard(() => observer.onNote?.(step, sentence)),
    })
    if (begun.state === 'finished-before') {
      this.#reuse(step)
      this.#guard(() => observer.onFoundFinished?.(step))
    } else if (begun.state === 'held') this.#hold(step, begun.holder)
    else {
      this.#waiting.delete(step.key)
      this.#underWay.set(step.key, step)
      void this.#watch(step, begun.outcome)
    }
  }

  /** What a step reads is looked at before it is read; what is damaged is done anew, once. @returns whether any was */
  #takeBackNeedsOf(step: Step): boolean {
    const damaged = damagedFor(step, this.#plan, this.#options.store)
    for (const one of damaged) {
      if (this.#takenBack.has(one.key)) {
        throw new Fault(`Cannot use "${one.label}" as its files are damaged again and again: check the disk`)
      }
      this.#takenBack.add(one.key)
      this.#done.delete(one.key)
      this.#waiting.set(one.key, one)
      this.#consider(one)
      this.#reused.delete(one.key)
    }
    return damaged.length > 0
  }

  #reuse(step: Step): void {
    this.#waiting.delete(step.key)
    this.#markDone(step)
    this.#reused.set(step.key, step)
  }

  #hold(step: Step, holder: LockHolder): void {
    this.#held.add(step.key)
    if (!this.#announced.has(step.key)) this.#guard(() => this.#observer.onHeld?.(step, holder))
    this.#announced.add(step.key)
  }

  async #watch(step: Step, outcome: Promise<StepOutcome>): Promise<void> {
    try {
      this.#end(step, await outcome)
    } catch (error) {
      this.#underWay.delete(step.key)
      this.#break(error)
    }
    this.#onEnd()
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#break(error)
    }
  }

  #break(error: unknown): void {
    this.#bug ??= { error }
    this.#stop.abort()
  }

  #end(step: Step, outcome: StepOutcome): void {
    this.#underWay.delete(step.key)
    if (outcome.state === 'lost') {
      this.#waiting.set(step.key, step)
      this.#consider(step)
    } else if (outcome.state === 'failed') this.#fail(step, outcome)
    else if (outcome.state === 'finished') {
      this.#markDone(step)
      this.#report.finished.push(step)
      this.#guard(() => this.#observer.onFinish?.(step, outcome.seconds))
    }
  }

  #fail(step: Step, { reason, bug }: StepFault): void {
    this.#report.failed.push({ step, reason, ...(bug === undefined ? {} : { bug }) })
    this.#guard(() => this.#observer.onFailure?.(step, reason))
  }

  /** Waits until something may have changed: a step has ended, or one that is held may be free. */
  async #change(waitingBefore: number): Promise<void> {
    const isHeld = this.#held.size > 0
    if (this.#underWay.size > 0) {
      const end = new Promise<void>((resolve) => {
        this.#onEnd = resolve
      })
      // A held step may become free while others run, so the wait is not without end.
      const mayPoll = isHeld && this.#underWay.size < this.#options.executor.capacity
      await (mayPoll ? Promise.race([end, sleep(this.#pollMs, this.#signal)]) : end)
    } else if (isHeld) await sleep(this.#pollMs, this.#signal)
    else if (this.#bug === undefined && this.#waiting.size === waitingBefore) {
      throw new Error(`${waitingBefore} steps wait for something that is not in the plan`)
    }
  }
}

/** Takes out the steps that need a failed one, directly or not. */
function block(
  inOrder: Iterable<Step>,
  waiting: Map<StepKey, Step>,
  report: { failed: readonly StepError[]; blocked: Step[] },
): void {
  const lost = new Set([...report.failed.map(({ step }) => step.key), ...report.blocked.map(({ key }) => key)])
  for (const step of inOrder) {
    if (!waiting.has(step.key)) continue
    // The plan's order has every step after those that it needs, so one pass is enough.
    if (!step.needs.some((key) => lost.has(key))) continue
    lost.add(step.key)
    waiting.delete(step.key)
    report.blocked.push(step)
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
