import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { programVersion } from '../../../base/package.ts'
import { doStep, type StepReport } from '../../../execute/do-step.ts'
import { engineRunners } from '../../../execute/engine-runners.ts'
import { findStep } from '../../../study/plan/find-step.ts'
import type { Plan } from '../../../study/plan/plan.ts'
import type { Step } from '../../../study/steps/step-kinds.ts'
import { Store } from '../../../study/store/store.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { threadCount } from '../../options/option-values.ts'
import { elsewhereOption, folderOption, storeOption } from '../../options/study-options.ts'
import { formatDuration } from '../../print/durations.ts'
import { Interrupted, interruptible } from '../../print/interrupts.ts'
import { styles } from '../../print/own-styles.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes, warning } from '../../print/tell-notes.ts'
import { Sitting } from '../../run/sitting.ts'

interface StepFlags extends StudyFlags {
  readonly threads?: number
  readonly elsewhere?: 'warn' | 'refuse'
  readonly requeue?: true
  readonly json?: true
}

/** What a script is told; 2 is wrong usage. Where the signal that interrupted is known, its own code stands for 130. */
const exitCodes: Readonly<Record<StepReport['state'], number>> = {
  finished: 0,
  'finished-before': 0,
  failed: 1,
  'not-ready': 3,
  held: 4,
  interrupted: 130,
}

/** `reteach step`: one step of a study, for a scheduler of one's own. */
export function addStepCommand(program: Command): void {
  program
    .command('step')
    .description('Do exactly one step of a study, whose needs are finished: for a script or a scheduler of your own')
    .argument('<study>', 'study file (YAML)')
    .argument('<key>', 'key of the step, or its first characters, at least 8: "reteach plan --json" lists them')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--threads <n>', 'threads to use (default: all cores)', threadCount)
    .addOption(elsewhereOption())
    .option(
      '--requeue',
      'in a job of Slurm: put it back into the queue at SIGUSR1, with the state saved, and while another process is at the step',
    )
    .option('--json', 'print the step and what has come of it as JSON')
    .addHelpText(
      'after',
      `
Exit codes:
  0    finished, now or before
  1    failed, or the study, its data or the store has a fault; the reason is on standard error
  2    wrong usage: an unknown option, or a key that names no step or several
  3    not ready: something that the step needs is not finished
  4    another process is at it; a job of Slurm with --requeue goes back into the queue then
  130  interrupted (143 by SIGTERM, 129 by SIGHUP): what is saved of it is told, and the same call goes on from that

Examples:
  $ reteach step study.yaml 3f9a61c24b07
  $ for key in $(reteach plan study.yaml --no-measure --json | jq -r '.steps[].key'); do
      reteach step study.yaml $key || break
    done
The plan lists every step after those that it needs.`,
    )
    .action(async (study: string, key: string, flags: StepFlags, command: Command) => {
      const store = new Store(storeFolder(study, flags))
      await untilInterrupted(store, key, flags, async (signal, sitting, line) => {
        const plan = await loadPlan(study, store, flags)
        const step = findStep(plan, key)
        if (typeof step === 'string')
          return command.error(`error: ${step}${flags.requeue ? sinceSubmitted : ''}`, { exitCode: 2 })
        const empty = emptyStore(plan, study, store)
        tellNotes(empty?.elsewhere ? [empty.sentence] : [])
        signal.throwIfAborted()
        const report = await workInTurn(plan, step, store, flags, line, signal, sitting)
        tell(step, report, store, flags, line)
        process.exitCode = exitCodes[report.state]
        return report
      })
    })
}

/** A job names a whole key, which its study had when it was submitted. */
const sinceSubmitted = ': the study, or what it reads, has changed since this job was submitted; run it again'

/** Signals are heard from the beginning: of a job that is asked to end before its study is read nothing else would be known. */
async function untilInterrupted(
  store: Store,
  key: string,
  { requeue }: StepFlags,
  work: (signal: AbortSignal, sitting: Sitting, line: ProgressLine) => Promise<StepReport>,
): Promise<void> {
  const line = new ProgressLine()
  const sitting = new Sitting(store, key, requeue === true)
  let report: StepReport | undefined
  const finish = (): void => {
    if (report?.state !== 'held') sitting.finish()
  }
  try {
    await interruptible(
      async (signal) => {
        report = await work(signal, sitting, line)
      },
      sitting.stopSentence,
      sitting.signals,
    )
    finish()
  } catch (error) {
    // A step that has ended in spite of the request to stop has ended, and a job that goes back into the queue is asked to end.
    const isEnded = error instanceof Interrupted && report !== undefined && report.state !== 'interrupted'
    if (isEnded) finish()
    else {
      await sitting.end(error, line)
      throw error
    }
  }
}

/** How long a job that has to wait where it is leaves the step to the process that is at it. */
const waitMs = 5000

/** A job whose step another process is at waits for the end of that: in the queue, or where that refuses it by itself. */
async function workInTurn(...args: Parameters<typeof work>): Promise<StepReport> {
  const [, , , , line, signal, sitting] = args
  for (let isRefused = false; ; ) {
    const report = await work(...args)
    if (report.state !== 'held' || !sitting.waitsForOthers) return report
    if (!isRefused && (await sitting.makeWay(report.holder, line))) return report
    isRefused = true
    await sleep(waitMs, undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
  }
}

async function work(
  plan: Plan,
  step: Step,
  store: Store,
  { threads, elsewhere }: StepFlags,
  line: ProgressLine,
  signal: AbortSignal,
  sitting: Sitting,
): Promise<StepReport> {
  const { label } = step
  try {
    return await doStep(
      plan,
      step,
      {
        store,
        runners: engineRunners,
        program: `reteach ${programVersion()}`,
        ...(threads === undefined ? {} : { threads }),
        ...(elsewhere === undefined ? {} : { elsewhere }),
      },
      {
        signal,
        onProgress: (progress) => {
          sitting.onProgress(progress)
          line.update({ label, ...progress })
        },
        onNotice: (sentence) => line.say(warning(sentence)),
        onNote: (sentence) => line.say(sentence),
      },
    )
  } finally {
    line.end(label)
  }
}

function tell(step: Step, report: StepReport, store: Store, { json }: StepFlags, line: ProgressLine): void {
  const { kind, key } = step
  line.say(`${step.label}  ${sentenceOf(report, report.state === 'interrupted' && store.hasState(kind, key))}`)
  if (report.state === 'failed' && report.bug?.stack !== undefined) line.say(report.bug.stack)
  if (json) process.stdout.write(`${JSON.stringify({ ...named(step), ...facts(report) })}\n`)
}

function sentenceOf(report: StepReport, isSaved: boolean): string {
  switch (report.state) {
    case 'finished':
      return `finished in ${formatDuration(report.seconds)}`
    case 'finished-before':
      return 'was finished before: nothing to do'
    case 'failed':
      return `${styles.red('failed')}: ${report.reason}`
    case 'interrupted':
      return isSaved
        ? 'interrupted: what is done of it is saved, the same call goes on from it'
        : 'interrupted: nothing of it is saved, the same call begins anew'
    case 'not-ready':
      return `not ready, as it needs ${report.missing.map(({ key, label }) => `"${label}" (${key.slice(0, 12)})`).join(', ')}`
    case 'held':
      return `not done, as process ${report.holder.pid} on ${report.holder.host} is working on it`
  }
}

function facts(report: StepReport) {
  switch (report.state) {
    case 'finished':
      return { outcome: report.state, seconds: report.seconds }
    case 'failed':
      return { outcome: report.state, seconds: report.seconds, reason: report.reason }
    case 'not-ready':
      return { outcome: report.state, missing: report.missing.map(named) }
    case 'held':
      return {
        outcome: report.state,
        holder: { pid: report.holder.pid, host: report.holder.host, since: report.holder.since },
      }
    default:
      return { outcome: report.state }
  }
}

const named = ({ key, kind, label }: Step) => ({ key, kind, label })
