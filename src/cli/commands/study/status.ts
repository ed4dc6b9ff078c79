import type { Command } from 'commander'
import type { QueuedJob } from '../../../cluster/queue.ts'
import { type LeftStep, queueOf } from '../../../execute/cluster-jobs.ts'
import { estimateStudy, StepTimes } from '../../../execute/estimates.ts'
import { threadsOfJob } from '../../../execute/local.ts'
import { healthMark } from '../../../report/words/health-mark.ts'
import type { StepKey } from '../../../study/keys.ts'
import type { Plan } from '../../../study/plan/plan.ts'
import { type TimeLeft, timeLeft } from '../../../study/plan/time-left.ts'
import { repeatNotes } from '../../../study/run/readiness.ts'
import { type StepStatus, studyStatus } from '../../../study/run/status.ts'
import { Store } from '../../../study/store/store.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'
import { formatDuration, formatRate, leftSentence } from '../../print/durations.ts'
import { styles } from '../../print/own-styles.ts'
import { printLines } from '../../print/print-lines.ts'
import { tellNotes } from '../../print/tell-notes.ts'

interface StatusFlags extends StudyFlags {
  readonly json?: true
}

/** `reteach status`: how a study stands, also while it runs in another terminal. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('Show how every step of a study stands, also while it runs in another terminal')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--json', "print every step's key, state and weights hash as JSON")
    .addHelpText(
      'after',
      `
The exit code is 1 while a step has failed or is damaged, or its job on a cluster has failed or was cancelled: the next run
does it again.

Example:
  $ reteach status study.yaml`,
    )
    .action(async (study: string, flags: StatusFlags) => {
      const store = new Store(storeFolder(study, flags))
      const looked = store.lookAhead()
      const plan = await loadPlan(study, store, flags, { looksOnly: true })
      await looked
      const { jobs: queue, ended, note } = await queueOf(plan, store)
      const lost = ended()
      const steps = studyStatus(plan, store).map((one) => withJob(one, queue.get(one.step.key), lost.get(one.step.key)))
      tellNotes(note === undefined ? [] : [note])
      // A study whose jobs wait has come as far as the queue.
      const isSubmitted = note !== undefined || steps.some(({ job }) => job !== undefined)
      const isFilled = isSubmitted || steps.some(({ step, state }) => state !== 'waiting' && step.kind !== 'prepare')
      const empty = isFilled ? undefined : emptyStore(plan, study, store)
      if (steps.some(isAmiss)) process.exitCode = 1
      if (flags.json) {
        tellNotes(empty === undefined ? [] : [empty.sentence])
        const left = leftOf(plan, store, steps, queue.size)
        const shown = { study: plan.study.name, store: store.folder, left, steps: steps.map(jsonStatus) }
        process.stdout.write(`${JSON.stringify(shown)}\n`)
        return
      }
      if (empty !== undefined) {
        printLines([empty.sentence])
        return
      }
      printLines(steps.map(statusLine))
      const isWhole = steps.every(({ state }) => state === 'finished')
      const time = isWhole ? '' : leftSentence(leftOf(plan, store, steps, queue.size))
      // Only what is open has a lesson taught again.
      tellNotes(isWhole ? [] : repeatNotes(plan, store))
      printLines([[summary(steps), ...(time === '' ? [] : [time])].join(', ')])
    })
}

function leftOf(plan: Plan, store: Store, steps: readonly StepStatus[], queued: number): TimeLeft {
  const jobs = Math.max(1, queued, steps.filter(({ state }) => state === 'running').length)
  const share = { threads: threadsOfJob(undefined, jobs), jobs }
  const told = new Map(steps.map(({ step, told }) => [step, told]))
  const estimates = estimateStudy(plan, store, share, { isDone: (step) => told.get(step) !== undefined })
  const times = new StepTimes(plan, store, estimates, (step) => told.get(step))
  return timeLeft(plan, { secondsOf: (step) => times.secondsOf(step), shares: sharesOf(steps), jobs })
}

/** How a step stands, and its job in the queue of a cluster, or the one that has ended and has no other after it. */
interface ShownStatus extends StepStatus {
  readonly job?:
    | {
        readonly id: string
        readonly state: 'running' | 'waiting'
        readonly reason: string
        readonly nodes: string
      }
    | { readonly id: string; readonly state: 'failed' | 'ended'; readonly reason: string }
}

function isAmiss({ state, job }: ShownStatus): boolean {
  return state === 'failed' || state === 'damaged' || job?.state === 'failed'
}

/** A step as `--json` has it. */
function jsonStatus({ step, told, ...rest }: ShownStatus): object {
  const { kind, key, label } = step
  if (told === undefined) return { kind, key, label, ...rest }
  const { seconds, weights, health } = told
  return { kind, key, label, ...rest, seconds, weights, health }
}

function withJob(status: StepStatus, job: QueuedJob | undefined, left: LeftStep | undefined): ShownStatus {
  if (status.state === 'finished') return status
  if (job === undefined) {
    const isIdle = status.state === 'saved' || status.state === 'waiting'
    if (left === undefined || !isIdle) return status
    return {
      ...status,
      job:
        left.next === 'fail'
          ? { id: left.job, state: 'failed', reason: left.reason }
          : { id: left.job, state: 'ended', reason: left.why },
    }
  }
  const { id, state, reason, nodes } = job
  return { ...status, job: { id, state: state === 'running' ? 'running' : 'waiting', reason, nodes } }
}

function sharesOf(steps: readonly StepStatus[]): ReadonlyMap<StepKey, number> {
  return new Map(
    steps.flatMap(({ step, state, progress }) => {
      if (state === 'finished') return [[step.key, 1]]
      return progress === undefined ? [] : [[step.key, progress.done / progress.total]]
    }),
  )
}

const marks = {
  finished: styles.green('✔'),
  running: styles.cyan('▶'),
  damaged: styles.red('!'),
  failed: styles.red('✖'),
  saved: styles.yellow('‖'),
  waiting: styles.dim('·'),
} as const

function statusLine(status: ShownStatus): string {
  const { step, state, job } = status
  const mark = job?.state === 'failed' ? marks.failed : marks[state]
  return `${mark} ${step.label}${styles.dim(detail(status) + jobDetail(status))}`
}

function jobDetail({ state, job }: ShownStatus): string {
  if (job === undefined) return ''
  switch (job.state) {
    case 'running':
      return `  job ${job.id} on ${job.nodes}`
    case 'waiting':
      return `  job ${job.id} waits: ${job.reason}`
    // The reason begins with the number.
    case 'failed':
      return `  ${job.reason}: ${again(state)}`
    case 'ended':
      return `  job ${job.id} has ended (${job.reason}), and none is in the queue that goes on: ${again(state)}`
  }
}

function again(state: StepStatus['state']): string {
  return state === 'saved' ? 'run again to go on from what is saved' : 'run again'
}

function detail({ step, state, told, reason, worker, progress, job }: ShownStatus): string {
  switch (state) {
    case 'finished': {
      const { seconds = 0, health } = told ?? {}
      const wrong = health === undefined ? '' : `  ${healthMark} ${health.join(', ')}`
      return `  ${formatDuration(seconds)}  ${step.key.slice(0, 12)}${wrong}`
    }
    case 'running': {
      const at = `  process ${worker!.pid} on ${worker!.host}`
      if (progress === undefined) return at
      const { done, total, unit, perSecond } = progress
      const speed =
        perSecond === undefined ? '' : `, ${formatRate(perSecond)}, ${formatDuration((total - done) / perSecond)} left`
      return `${at}: ${done}/${total} ${unit}${speed}`
    }
    case 'damaged':
      return `  ${reason}`
    case 'failed':
      return `  failed: ${reason}`
    case 'saved':
      return job?.state === 'failed' || job?.state === 'ended' ? '' : '  interrupted; goes on from what is saved'
    case 'waiting':
      return ''
  }
}

function summary(steps: readonly ShownStatus[]): string {
  const count = (state: StepStatus['state']): number => steps.filter((one) => one.state === state).length
  const parts = [`${count('finished')} of ${steps.length} steps finished`]
  for (const state of ['running', 'damaged', 'failed', 'saved'] as const)
    if (count(state) > 0) parts.push(`${count(state)} ${state}`)
  const lost = steps.filter(({ job }) => job?.state === 'failed').length
  if (lost > 0) parts.push(`${lost} with a job that failed or was cancelled`)
  const queued = steps.filter(({ job }) => job?.state === 'waiting').length
  if (queued > 0) parts.push(`${queued} in the queue`)
  return parts.join(', ')
}
