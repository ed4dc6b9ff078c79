import { availableParallelism, cpus, hostname } from 'node:os'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import type { LockHolder } from '../../base/lock.ts'
import { type Json, type StepKey, stepVersions } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { runStep } from '../steps/run-step.ts'
import type { StepProgress, StepRunners } from '../steps/runners.ts'
import type { Step } from '../steps.ts'
import type { StepWork, Store } from '../store/store.ts'

/** What happens while a study runs, told as it happens. */
export interface RunObserver {
  onStart?(step: Step): void
  onProgress?(step: Step, progress: StepProgress): void
  onNotice?(step: Step, sentence: string): void
  onNote?(step: Step, sentence: string): void
  onFinish?(step: Step, seconds: number): void
  onFailure?(step: Step, reason: string): void
  /** Another process works on the step; this one goes on with others and comes back. */
  onHeld?(step: Step, holder: LockHolder): void
}

export interface RunOptions {
  readonly store: Store
  readonly runners: StepRunners
  /** Steps that run side by side. @default 1 */
  readonly jobs?: number
  /** Threads of this machine that may be used, shared evenly among the jobs. Default: all cores. */
  readonly threads?: number
  /** Steps run side by side only while the memory that they are expected to take together stays below this. */
  readonly memory?: { readonly limitBytes: number; bytesOf(step: Step): number }
  /** Ends the run; the state of what is being taught stays. */
  readonly signal?: AbortSignal
  readonly observer?: RunObserver
  /** Name and version of this program, for `step.json`. */
  readonly program: string
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

export interface StepError {
  readonly step: Step
  readonly reason: string
  /** A failure that is this program's own, not the user's or the machine's. */
  readonly bug?: Error
}

/**
 * Runs every step of a plan that is not finished. A step that fails stops only what needs it; the next run tries it
 * again.
 */
export async function runStudy(plan: Plan, options: RunOptions): Promise<RunReport> {
  const { store, signal, observer = {}, jobs = 1, pollMs = 1000, memory } = options
  const waiting = new Map(plan.steps)
  const done = new Set<StepKey>()
  const running = new Map<StepKey, Promise<void>>()
  const held = new Set<StepKey>()
  const announced = new Set<StepKey>()
  const report = { finished: [] as Step[], reused: [] as Step[], failed: [] as StepError[], blocked: [] as Step[] }

  const reuse = (step: Step): void => {
    waiting.delete(step.key)
    done.add(step.key)
    report.reused.push(step)
  }
  // A step that is too large for the limit by itself still runs, alone.
  const fits = (step: Step): boolean => {
    if (memory === undefined || running.size === 0) return true
    const taken = [...running.keys()].reduce((sum, key) => sum + memory.bytesOf(plan.steps.get(key)!), 0)
    return taken + memory.bytesOf(step) <= memory.limitBytes
  }
  const start = (step: Step): void => {
    const work = store.begin(step.kind, step.key, again.has(step.key))
    if (work === 'done') {
      reuse(step)
      return
    }
    if ('holder' in work) {
      held.add(step.key)
      if (!announced.has(step.key)) observer.onHeld?.(step, work.holder)
      announced.add(step.key)
      return
    }
    waiting.delete(step.key)
    const end = (result: { seconds: number } | StepError | 'interrupted'): void => {
      running.delete(step.key)
      if (result === 'interrupted') return
      if ('reason' in result) {
        report.failed.push(result)
        observer.onFailure?.(step, result.reason)
      } else {
        done.add(step.key)
        report.finished.push(step)
        observer.onFinish?.(step, result.seconds)
      }
    }
    observer.onStart?.(step)
    running.set(step.key, workOn(step, work, plan, options).then(end))
  }

  const again = lessonsToRepeat(plan, store)
  for (const step of plan.steps.values()) if (store.isDone(step.kind, step.key) && !again.has(step.key)) reuse(step)
  while (waiting.size > 0 || running.size > 0) {
    held.clear()
    const before = waiting.size
    const aborted = signal?.aborted === true
    if (aborted && running.size === 0) break
    for (const step of aborted ? [] : [...waiting.values()]) {
      if (running.size >= jobs) break
      if (!step.needs.every((key) => done.has(key)) || !fits(step)) continue
      try {
        start(step)
      } catch (error) {
        waiting.delete(step.key)
        const failure = stepError(step, error)
        report.failed.push(failure)
        observer.onFailure?.(step, failure.reason)
      }
    }
    block(waiting, report)
    if (running.size > 0) {
      // A held step may become free while others run, so the wait is not without end.
      await Promise.race([
        ...running.values(),
        ...(held.size > 0 && running.size < jobs ? [sleep(pollMs, signal)] : []),
      ])
    } else if (held.size > 0) await sleep(pollMs, signal)
    else if (waiting.size === before) throw new Error(`${before} steps wait for something that is not in the plan`)
  }
  return { ...report, interrupted: signal?.aborted === true }
}

/** Finished lessons whose weights were removed to save space, and that a step which is not finished begins with. */
function lessonsToRepeat(plan: Plan, store: Store): ReadonlySet<StepKey> {
  const again = new Set<StepKey>()
  // Backwards, as a lesson that is repeated may itself begin with weights that were removed.
  for (const step of [...plan.steps.values()].reverse()) {
    if (store.isDone(step.kind, step.key) && !again.has(step.key)) continue
    for (const key of step.needs) {
      if (plan.steps.get(key)?.kind === 'teach' && store.isDone('teach', key) && !store.hasWeights(key)) again.add(key)
    }
  }
  return again
}

/** Takes out the steps that need a failed one, directly or not. */
function block(waiting: Map<StepKey, Step>, report: { failed: readonly StepError[]; blocked: Step[] }): void {
  const lost = new Set([...report.failed.map(({ step }) => step.key), ...report.blocked.map(({ key }) => key)])
  for (const step of waiting.values()) {
    // The plan's order has every step after those that it needs, so one pass is enough.
    if (!step.needs.some((key) => lost.has(key))) continue
    lost.add(step.key)
    waiting.delete(step.key)
    report.blocked.push(step)
  }
}

/** Threads of each of the steps that run side by side; of one alone `undefined` is the engine's choice. */
export function threadsOfJob(threads: number | undefined, jobs: number): number | undefined {
  if (jobs === 1) return threads
  return Math.max(1, Math.floor((threads ?? availableParallelism()) / jobs))
}

async function workOn(
  step: Step,
  work: StepWork,
  plan: Plan,
  { store, runners, signal, observer = {}, jobs = 1, threads, program }: RunOptions,
): Promise<{ seconds: number } | StepError | 'interrupted'> {
  const started = new Date()
  const tell = progressTeller(store.progressFile(step.kind, step.key), step, started)
  try {
    const result = await runStep(step, work, store, runners, {
      signal: signal ?? new AbortController().signal,
      threads: threadsOfJob(threads, jobs),
      onProgress: (progress) => {
        tell(progress)
        observer.onProgress?.(step, progress)
      },
      onNotice: (sentence) => observer.onNotice?.(step, sentence),
      onNote: (sentence) => observer.onNote?.(step, sentence),
    })
    const seconds = (Date.now() - started.getTime()) / 1000
    work.finish({
      key: step.key,
      kind: step.kind,
      version: stepVersions[step.kind],
      label: step.label,
      inputs: step.inputs,
      study: plan.study.name,
      program,
      host: hostFacts(),
      started: started.toISOString(),
      finished: new Date().toISOString(),
      seconds,
      result,
    })
    return { seconds }
  } catch (error) {
    if (signal?.aborted === true) {
      work.leave()
      return 'interrupted'
    }
    const failure = stepError(step, error)
    work.fail(failure.reason)
    return failure
  }
}

function stepError(step: Step, error: unknown): StepError {
  if (error instanceof Fault) return { step, reason: error.describe() }
  const bug = error instanceof Error ? error : new Error(String(error))
  return { step, reason: bug.message, bug }
}

/** Writes how far a step is for `reteach status` in another terminal, at most once in two seconds. */
function progressTeller(path: string, step: Step, started: Date): (progress: StepProgress) => void {
  let last = 0
  return (progress) => {
    const now = Date.now()
    if (now - last < 2000) return
    last = now
    try {
      const told: Json = {
        label: step.label,
        started: started.toISOString(),
        time: new Date(now).toISOString(),
        ...progress,
      }
      writeFileAtomic(path, `${JSON.stringify(told)}\n`)
    } catch {
      // Not being able to tell is no reason to stop the work.
    }
  }
}

function hostFacts(): { name: string; node: string; cpus: number; platform: string } {
  return {
    name: hostname(),
    node: process.version,
    cpus: cpus().length,
    platform: `${process.platform}-${process.arch}`,
  }
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
