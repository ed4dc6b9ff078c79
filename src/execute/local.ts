import { availableParallelism, cpus, hostname } from 'node:os'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { FileHashes } from '../study/contents/file-hashes.ts'
import type { Json } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
import { setAsideNote } from '../study/run/damage.ts'
import {
  type Executor,
  type ExecutorOptions,
  type StepOrder,
  type StepOutcome,
  stepFault,
} from '../study/run/executor.ts'
import { otherDeviceNote } from '../study/run/other-device.ts'
import { runStep } from '../study/steps/run-step.ts'
import type { StepProgress } from '../study/steps/runners.ts'
import { ruleOf, type Step } from '../study/steps/step-kinds.ts'
import type { StepWork } from '../study/store/store.ts'

/** Does steps on this machine: this process holds their locks, the runners do the work. */
export function localExecutor(plan: Plan, options: ExecutorOptions): Executor {
  const { store, jobs = 1, memory } = options
  // Whoever interrupts a step has to know whether its state is to be trusted: that is looked at to the end.
  const hashes = new FileHashes(store.inputHashesFile, undefined)
  return {
    readsHere: true,
    capacity: jobs,
    // A step that is too large for the limit by itself still runs, alone.
    hasRoom(step, underWay) {
      if (memory === undefined || underWay.size === 0) return true
      let bytes = memory.bytesOf(step)
      for (const one of underWay.values()) bytes += memory.bytesOf(one)
      return bytes <= memory.limitBytes
    },
    begin(step, order) {
      const work = store.begin(step.kind, step.key, order.repeat)
      if (work === 'done') return { state: 'finished-before' }
      if ('holder' in work) return { state: 'held', holder: work.holder }
      if (work.setAside !== undefined) order.onNotice(setAsideNote(step, work.setAside))
      const note = otherDeviceNote(step, plan, store)
      if (note !== undefined) order.onNote(note)
      return { state: 'begun', outcome: workOn(step, work, plan, options, hashes, order) }
    },
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
  { store, runners, jobs = 1, threads, elsewhere, program }: ExecutorOptions,
  hashes: FileHashes,
  order: StepOrder,
): Promise<StepOutcome> {
  const started = new Date()
  const tell = progressTeller(store.progressFile(step.kind, step.key), step, started)
  try {
    const result = await runStep(step, work, store, runners, hashes, {
      signal: AbortSignal.any([order.signal, work.lost]),
      threads: threadsOfJob(threads, jobs),
      ...(elsewhere === undefined ? {} : { elsewhere }),
      onProgress: (progress) => {
        if (!work.lost.aborted) tell(progress)
        order.onProgress(progress)
      },
      onNotice: order.onNotice,
      onNote: order.onNote,
    })
    const seconds = (Date.now() - started.getTime()) / 1000
    work.finish({
      key: step.key,
      kind: step.kind,
      version: ruleOf(step.kind).version,
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
    return { state: 'finished', seconds }
  } catch (error) {
    if (order.signal.aborted) {
      work.leave()
      return { state: 'interrupted' }
    }
    if (work.isLost()) {
      work.leave()
      order.onNotice(`${step.label}: another process has taken it over, after it stood still here for minutes`)
      return { state: 'lost' }
    }
    const fault = stepFault(error)
    work.fail(fault.reason)
    return { state: 'failed', ...fault }
  }
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
