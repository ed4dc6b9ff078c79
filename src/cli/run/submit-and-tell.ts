import { plural } from '../../base/plural.ts'
import { NoRoom, Slurm } from '../../cluster/slurm.ts'
import { estimateStudy } from '../../execute/estimates.ts'
import { scriptsToFollow } from '../../execute/slurm.ts'
import { type Submission, submitStudy } from '../../execute/submit-study.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { stepKindNames } from '../../study/steps/step-kinds.ts'
import type { Store } from '../../study/store/store.ts'
import { commandLine } from '../print/program-call.ts'
import type { ProgressLine } from '../print/progress-line.ts'
import { callOnNodes, clusterWork, optionsAsGiven, optionsOnNodes } from './cluster-work.ts'
import type { RunFlags } from './run-flags.ts'

/** Prints the scripts that a run would submit, and submits and writes nothing. */
export async function printScripts(
  { study, plan, store }: { study: string; plan: Plan; store: Store },
  flags: RunFlags,
  line: ProgressLine,
): Promise<void> {
  if (flags.detach) {
    await submitAndTell({ study, plan, store }, flags, line)
    return
  }
  const estimates = estimateStudy(plan, store, { threads: undefined, jobs: 1 })
  const work = clusterWork({ plan, store, study, estimates }, flags, (sentence) => line.say(sentence))
  const scripts = await scriptsToFollow(plan, store, work)
  process.stdout.write(scripts.map((script) => `${script}\n`).join(''))
}

/** Submits the steps of a study that are not finished. @returns whether anything is, or would be, in the queue */
export async function submitAndTell(
  { study, plan, store }: { study: string; plan: Plan; store: Store },
  flags: RunFlags,
  line: ProgressLine,
): Promise<boolean> {
  const estimates = estimateStudy(plan, store, { threads: undefined, jobs: 1 })
  const say = (sentence: string): void => line.say(sentence)
  const submission = await submitOrWait(flags, say, () =>
    submitStudy(plan, {
      store,
      cluster: clusterWork({ plan, store, study, estimates }, flags, say),
      goOn: goOnCommand(study, store, flags),
      isGoingOn: flags.goOn ?? false,
      ownJob: process.env.SLURM_JOB_ID,
      ...(flags.dryRun ? { dryRun: true, onScript: (script: string) => process.stdout.write(`${script}\n`) } : {}),
      onNotice: say,
    }),
  )
  if (submission === undefined) return true
  const isMore = submission.submitted.length + submission.inQueue.length > 0
  if (isMore || flags.dryRun) {
    if (flags.json && !flags.dryRun) process.stdout.write(`${JSON.stringify(asJson(plan, submission))}\n`)
    else if (!flags.dryRun) for (const sentence of sentences(study, store, submission, flags)) say(sentence)
  }
  return isMore || (flags.dryRun ?? false)
}

/** @returns nothing where the job that goes on has put itself back into the queue, as that has no room for others yet */
async function submitOrWait(
  { goOn }: RunFlags,
  say: (sentence: string) => void,
  submit: () => Promise<Submission>,
): Promise<Submission | undefined> {
  try {
    return await submit()
  } catch (error) {
    const job = process.env.SLURM_JOB_ID
    if (!(error instanceof NoRoom) || !goOn || job === undefined) throw error
    say(`${error.message}; job ${job} goes back into the queue`)
    await new Slurm().requeue(job)
    return undefined
  }
}

function goOnCommand(study: string, store: Store, flags: RunFlags): string[] {
  return [
    ...callOnNodes('run', study),
    ...optionsOnNodes(store, flags),
    ...['--on', 'slurm', '--detach', '--go-on'],
    ...(flags.cluster === undefined ? [] : ['--cluster', flags.cluster]),
    ...(flags.elsewhere === undefined ? [] : ['--elsewhere', flags.elsewhere]),
  ]
}

/** What is told of a followed study whose following was stopped. */
export function jobsStay(study: string, flags: RunFlags): string {
  const own = optionsAsGiven(flags)
  const cluster = flags.cluster === undefined ? [] : ['--cluster', flags.cluster]
  const again = commandLine(['run', study, ...own, '--on', 'slurm', ...cluster])
  return `The jobs stay in the queue: "${again}" follows them again, "${commandLine(['cancel', study, ...own])}" ends them`
}

function sentences(
  study: string,
  store: Store,
  { submitted, inQueue, jobs, later, lost, last }: Submission,
  flags: RunFlags,
): string[] {
  const parts = [
    ...(submitted.length === 0 ? [] : [`${plural(submitted.length, 'step')} submitted as ${plural(jobs, 'job')}`]),
    ...(inQueue.length === 0 ? [] : [`${plural(inQueue.length, 'step')} in the queue already`]),
    ...(later === 0 ? [] : [`${plural(later, 'step')} ${later === 1 ? 'follows' : 'follow'} when there is room`]),
    ...(lost.length === 0 ? [] : [`${plural(lost.length, 'step')} failed, or need one that has`]),
  ]
  return [
    parts.join('; '),
    ...heldSentences(submitted, store),
    ...(last === undefined
      ? []
      : [`Job ${last} draws tables and figures when all is done; nothing has to stay running`]),
    `See how it stands: ${commandLine(['status', study, ...optionsAsGiven(flags)])}`,
  ]
}

/** Whose jobs go back into the queue until somebody else is done with them. */
function heldSentences(submitted: Submission['submitted'], store: Store): string[] {
  const begun = new Map(stepKindNames.map((kind) => [kind, new Set(store.keys(kind))]))
  const held = submitted.flatMap(({ kind, key, label }) => {
    const holder = begun.get(kind)!.has(key) ? store.worker(kind, key) : undefined
    return holder === undefined ? [] : [`process ${holder.pid} on ${holder.host} is working on "${label}"`]
  })
  if (held.length === 0) return []
  const more = held.length > shownHeld ? [`${held.length - shownHeld} more are being worked on`] : []
  return [`Jobs wait in the queue while ${[...held.slice(0, shownHeld), ...more].join('; ')}`]
}

const shownHeld = 5

function asJson(plan: Plan, { submitted, inQueue, jobs, later, lost, last }: Submission) {
  const keys = (steps: Submission['submitted']): string[] => steps.map(({ key }) => key)
  return {
    study: plan.study.name,
    submitted: keys(submitted),
    inQueue: keys(inQueue),
    jobs,
    later,
    lost: keys(lost),
    last,
  }
}
