import { freemem } from 'node:os'
import { programVersion } from '../../base/package.ts'
import { requireAddressSpace } from '../../execute/address-space-needs.ts'
import { engineRunners } from '../../execute/engine-runners.ts'
import { estimateStudy, StepTimes } from '../../execute/estimates.ts'
import { threadsOfJob } from '../../execute/local.ts'
import { runStudy } from '../../execute/run-study.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { timeLeft } from '../../study/plan/time-left.ts'
import { stepsToDo } from '../../study/run/readiness.ts'
import type { RunReport } from '../../study/run/schedule.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import type { Lease } from '../../study/store/lease.ts'
import type { Store } from '../../study/store/store.ts'
import { formatDuration, wholeLeft } from '../print/durations.ts'
import type { PlanList } from '../print/live/plan-list.ts'
import { styles } from '../print/own-styles.ts'
import { sayOnce } from '../print/say-once.ts'
import { warning } from '../print/tell-notes.ts'
import { atLeisure } from './at-leisure.ts'
import { clusterWork } from './cluster-work.ts'
import { firstLabels } from './first-labels.ts'
import type { RunFlags } from './run-flags.ts'
import type { SeenJobs } from './seen-jobs.ts'
import type { StudyEvents } from './study-events.ts'
import { jobsStay } from './submit-and-tell.ts'

/** Counted for a step that has not been measured. */
const unknownMemoryBytes = 2e9

/** What work on a study goes on under. */
export interface Held {
  readonly signal: AbortSignal
  readonly lease: Lease
}

/** How a run is to be done, and who follows it. */
interface Followers {
  readonly flags: RunFlags
  readonly line: PlanList
  readonly events: StudyEvents | undefined
  readonly queue: SeenJobs
}

/** Does the steps that are not finished, and tells how far they are. */
export async function runSteps(
  study: string,
  plan: Plan,
  store: Store,
  { flags, line, events, queue }: Followers,
  { signal, lease }: Held,
): Promise<RunReport> {
  const { jobs = 1, threads, on = 'local', elsewhere } = flags
  if (on === 'local') await requireAddressSpace(plan, store)
  const todo = new Set(stepsToDo(plan, store))
  const estimates = estimateStudy(
    plan,
    store,
    { threads: threadsOfJob(threads, jobs), jobs },
    { isDone: (step) => !todo.has(step) },
  )
  const done = new Set([...plan.steps.values()].filter((step) => !todo.has(step)))
  /** Of what will not be done nothing is left either. */
  const shares = new Map<StepKey, number>([...done].map(({ key }) => [key, 1]))
  const times = new StepTimes(plan, store, estimates)
  const place = (): string => styles.dim(`[${done.size}/${plan.steps.size}]`)
  const waiting = new Set(todo)
  const underWay = new Set<Step>()
  // On a cluster as many steps are side by side as have told how far they are.
  const beside = (): number => (on === 'local' ? jobs : Math.max(1, underWay.size))
  const whole = atLeisure(() =>
    wholeLeft(timeLeft(plan, { secondsOf: (one) => times.secondsOf(one), shares, jobs: beside() })),
  )
  line.follow({ place, waiting: (most) => ({ count: waiting.size, next: firstLabels(waiting, most) }) })
  const warn = sayOnce((sentence) => line.say(warning(sentence)))
  const report = await runStudy(plan, {
    store,
    runners: engineRunners,
    signal,
    lease,
    program: `reteach ${programVersion()}`,
    jobs,
    ...(threads === undefined ? {} : { threads }),
    executor: on,
    ...(on === 'local'
      ? {}
      : {
          cluster: clusterWork(
            { plan, store, study, estimates },
            flags,
            (sentence) => line.say(sentence),
            (jobs) => queue.see(jobs),
          ),
        }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    memory: {
      limitBytes: 0.8 * freemem(),
      bytesOf: ({ key }) => estimates.get(key)?.peakMemoryBytes ?? unknownMemoryBytes,
    },
    observer: {
      onProgress(step, progress) {
        waiting.delete(step)
        underWay.add(step)
        events?.see(step)
        shares.set(step.key, progress.done / Math.max(1, progress.total))
        const left = whole()
        line.update({
          id: step.key,
          label: line.isList ? step.label : `[${done.size}/${plan.steps.size}] ${step.label}`,
          ...progress,
          ...(left === undefined ? {} : { whole: left }),
        })
      },
      onNotice: (_, sentence) => warn(sentence),
      onNote: (_, sentence) => line.say(sentence),
      onHeld: (step, { pid, host }) =>
        line.say(`Waiting for "${step.label}", which process ${pid} on ${host} is working on`),
      onFinish(step, seconds) {
        line.end(step.key)
        waiting.delete(step)
        underWay.delete(step)
        done.add(step)
        shares.set(step.key, 1)
        times.finished(step)
        line.say(`${place()} ${step.label}  ${formatDuration(seconds)}`)
      },
      onFoundFinished(step) {
        waiting.delete(step)
        underWay.delete(step)
        line.end(step.key)
        done.add(step)
        shares.set(step.key, 1)
      },
      onFailure(step, reason) {
        waiting.delete(step)
        underWay.delete(step)
        shares.set(step.key, 1)
        line.end(step.key)
        line.say(`${place()} ${step.label}  ${styles.red('failed')}: ${reason}`)
      },
      onBlocked(step) {
        waiting.delete(step)
        shares.set(step.key, 1)
      },
    },
  }).finally(() => {
    events?.last()
    line.leave()
  })
  events?.finish(plan)
  if (report.interrupted) line.say(on === 'local' ? stopped(plan, store) : jobsStay(study, flags))
  return report
}

/** What of an interrupted run the next one goes on from. */
function stopped(plan: Plan, store: Store): string {
  const saved = stepsToDo(plan, store).filter(({ kind, key }) => store.hasState(kind, key))
  const finished = 'Stopped: finished steps are kept'
  if (saved.length === 0) return finished
  return `${finished}, and the next run goes on from what is saved of ${saved.map(({ label }) => `"${label}"`).join(', ')}`
}
