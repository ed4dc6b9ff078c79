import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault, UsageFault } from '../../../base/fault.ts'
import { programVersion } from '../../../base/package.ts'
import { plural } from '../../../base/plural.ts'
import { doStep, type StepReport } from '../../../execute/do-step.ts'
import { engineRunners } from '../../../execute/engine-runners.ts'
import { formatScore } from '../../../report/words/format-score.ts'
import type { Checkpoint } from '../../../study/checkpoints/checkpoints.ts'
import { type Extension, extendedChain } from '../../../study/file/chains/extended-chain.ts'
import { withChain } from '../../../study/file/chains/with-chain.ts'
import type { StepKey } from '../../../study/keys.ts'
import { lessonsLabel, type Plan, type PlannedChain } from '../../../study/plan/plan.ts'
import { scoreName } from '../../../study/score-names.ts'
import type { Step } from '../../../study/steps/step-kinds.ts'
import type { Store } from '../../../study/store/store.ts'
import { loadPlan } from '../../input/load-plan.ts'
import { addStudyModelOptions, type StudyModelFlags, splitStudyModel, studyModel } from '../../input/study-model.ts'
import { threadCount, wholeNumber } from '../../options/option-values.ts'
import { Interrupted, interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes, warning } from '../../print/tell-notes.ts'

interface ExtendFlags extends StudyModelFlags {
  readonly epochs?: number
  readonly steps?: number
  readonly threads?: number
  readonly json?: true
}

/** `reteach extend`: teaches a finished model of a study on. */
export function addExtendCommand(program: Command): void {
  const command = program
    .command('extend')
    .description(
      'Teach a finished model of a study on: a new lesson from its checkpoint; what is finished stays as it is',
    )
    .argument('<model>', 'such as "study.yaml#mt5 -> res", "study.yaml#mt5 -> res@43" or "study.yaml#KEY"')
    .option('--epochs <n>', 'how many epochs more', wholeNumber(1))
    .option('--steps <n>', 'instead of --epochs, how many updates more', wholeNumber(1))
  addStudyModelOptions(command)
    .option('--threads <n>', 'threads to use (default: all cores)', threadCount)
    .option('--json', 'print {"chain", "key", "folder", "tests"}')
    .addHelpText(
      'after',
      `
A finished lesson keeps no state of its optimizer: the extension is a lesson of its own, which begins with the checkpoint, the
lesson's settings without a warm-up, and a new optimizer. A lesson of 3 epochs that is extended by 2 is therefore not a lesson of 5.

Example:
  $ reteach extend "study.yaml#mt5 -> res" --epochs 2`,
    )
    .action((name: string, flags: ExtendFlags) => extend(name, flags, command))
}

async function extend(name: string, flags: ExtendFlags, command: Command): Promise<void> {
  const extension = extensionOf(flags, command)
  const named = splitStudyModel(name)
  if (named === undefined) throw new UsageFault(`Cannot extend "${name}": name a model of a study, "study.yaml#CHAIN"`)
  const { plan: before, store, checkpoint } = await studyModel(named.study, named.name, flags)
  const notation = extendedChain(checkpoint.names[0]!, lessonOf(checkpoint), extension)
  const [seed] = checkpoint.seeds as readonly [number]
  const known = plannedExtension(before, checkpoint, notation)
  const change = (text: string): string => withChain(text, { chain: notation, seeds: [seed] })
  const plan = known === undefined ? await loadPlan(named.study, store, flags, { change }) : before
  const planned = known ?? plannedExtension(plan, checkpoint, notation)
  if (planned === undefined) throw new Error(`The chain "${notation}" does not begin with ${checkpoint.step.key}`)
  tellNotes(scheduleNotes(checkpoint, extension))
  await doAll(stepsOf(planned, plan), plan, store, flags)
  tellOutcome(planned, plan, store, { ...flags, notation, seed, study: named.study, isNew: known === undefined })
}

/** The chain of the extension, where the plan has it. */
function plannedExtension({ chains }: Plan, { step }: Checkpoint, notation: string): PlannedChain | undefined {
  const plain = (text: string): string => text.replaceAll('→', '->').replace(/\s+/gu, '')
  return chains.find(
    ({ chain, teach }) =>
      teach.at(-2) === step.key && plain(lessonsLabel(chain, chain.lessons.length - 1)) === plain(notation),
  )
}

function extensionOf({ epochs, steps }: ExtendFlags, command: Command): Extension {
  if ((epochs === undefined) === (steps === undefined)) {
    command.error('error: give either --epochs N or --steps N', { exitCode: 2 })
  }
  return epochs === undefined ? { steps: steps! } : { epochs }
}

function lessonOf({ lesson: { label, settings } }: Checkpoint): Parameters<typeof extendedChain>[1] {
  return { label, settings }
}

/** That this is another schedule than that of one longer lesson, where it is. */
function scheduleNotes({ lesson: { settings } }: Checkpoint, extension: Extension): string[] {
  const { schedule, epochs, steps } = settings
  const more = 'epochs' in extension ? plural(extension.epochs, 'epoch') : plural(extension.steps, 'update')
  const before = steps === undefined ? plural(epochs!, 'epoch') : plural(steps, 'update')
  const begun = `A lesson of its own from the checkpoint: its optimizer begins anew, as a finished lesson keeps no state of it`
  if (schedule === 'constant') return [`${begun}; the learning rate stays as it was`]
  return [
    `${begun}, and its learning rate follows a schedule of its own (${schedule}, over ${more}, without warm-up). One lesson of ${before} and ${more} would have had another`,
  ]
}

function stepsOf({ teach, evaluations, chain }: PlannedChain, { steps }: Plan): Step[] {
  const tests = evaluations.filter(({ afterLessons }) => afterLessons === chain.lessons.length)
  return [teach.at(-1)!, ...tests.map(({ key }) => key)].map((key) => steps.get(key)!)
}

/** The lesson and its tests, one after the other; what they need is finished but for rows that were never made ready. */
async function doAll(steps: readonly Step[], plan: Plan, store: Store, { threads }: ExtendFlags): Promise<void> {
  const line = new ProgressLine()
  const done = new Set<StepKey>()
  const one = async (step: Step, signal: AbortSignal): Promise<void> => {
    for (const key of step.needs) {
      const needed = plan.steps.get(key)!
      if (!done.has(key) && needed.kind === 'prepare' && !store.isDone('prepare', key)) await one(needed, signal)
    }
    const options = {
      store,
      runners: engineRunners,
      program: `reteach ${programVersion()}`,
      ...(threads && { threads }),
    }
    const report = await doStep(plan, step, options, {
      signal,
      onProgress: (progress) => line.update({ label: step.label, ...progress }),
      onNotice: (sentence) => line.say(warning(sentence)),
      onNote: (sentence) => line.say(sentence),
    })
    line.end(step.label)
    signal.throwIfAborted()
    refuseUnfinished(step, report)
    done.add(step.key)
  }
  await interruptible(async (signal) => {
    for (const step of steps) await one(step, signal)
  })
}

function refuseUnfinished({ label }: Step, report: StepReport): void {
  switch (report.state) {
    case 'finished':
    case 'finished-before':
      return
    case 'failed':
      throw report.bug ?? new Fault(`${label} has failed: ${report.reason}`)
    case 'interrupted':
      throw new Interrupted(130)
    case 'held':
      throw new Fault(`Cannot do "${label}" as process ${report.holder.pid} on ${report.holder.host} is working on it`)
    case 'not-ready':
      throw new Fault(
        `Cannot do "${label}" as it needs ${report.missing.map((step) => `"${step.label}"`).join(', ')}: run the study first`,
      )
  }
}

interface Outcome extends ExtendFlags {
  readonly study: string
  readonly notation: string
  readonly seed: number
  /** Whether the study has no such chain. */
  readonly isNew: boolean
}

function tellOutcome(
  planned: PlannedChain,
  plan: Plan,
  store: Store,
  { notation, seed, study, isNew, json }: Outcome,
): void {
  const key = planned.teach.at(-1)!
  const folder = store.modelFolder(key)
  const tests = stepsOf(planned, plan).flatMap((step) => {
    if (step.kind !== 'evaluate' || !existsSync(store.folderOf('evaluate', step.key))) return []
    return [{ task: step.task.name, key: step.key, metrics: store.scores(step.key).metrics }]
  })
  if (json) {
    process.stdout.write(`${JSON.stringify({ chain: notation, seed, key, folder, tests })}\n`)
    return
  }
  process.stdout.write(`${notation}, seed ${seed}  ${key.slice(0, 12)}\n  ${folder}\n`)
  for (const { task, metrics } of tests) {
    const scores = metrics.flatMap((metric) =>
      metric.fields.map((field) => `${scoreName(metric, field)} ${formatScore(metric.scores[field]!, metric.best)}`),
    )
    process.stdout.write(`  ${task}: ${scores.join(', ')}\n`)
  }
  if (!isNew) return
  process.stdout.write(
    `To keep it, write it into the chains of "${study}" – nothing is taught again, and "reteach gc" removes what no chain has:\n  - { chain: "${notation.replaceAll('"', '\\"')}", seeds: [${seed}] }\n`,
  )
}
