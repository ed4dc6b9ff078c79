import { accessSync, constants } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { type Command, Option } from 'commander'
import { writeFault } from '../../../base/atomic-file.ts'
import { makeFolder } from '../../../base/make-folder.ts'
import { plural } from '../../../base/plural.ts'
import { systemCode } from '../../../base/system-fault.ts'
import { requireAddressSpace } from '../../../execute/address-space-needs.ts'
import { type Estimates, estimateStudy, measureStudy } from '../../../execute/estimates.ts'
import { threadsOfJob } from '../../../execute/local.ts'
import type { MachineShare } from '../../../execute/measure.ts'
import { type MeasuredBySize, measureBySize } from '../../../execute/size-measurements.ts'
import { tableRequests } from '../../../report/results/arms.ts'
import { rowCounts } from '../../../study/plan/estimate.ts'
import { unfairnessOf } from '../../../study/plan/fairness.ts'
import { assumedInputs } from '../../../study/plan/inputs.ts'
import { type Plan, planStudy } from '../../../study/plan/plan.ts'
import { dotGraph, mermaidGraph } from '../../../study/plan/plan-graph.ts'
import { writtenConfigFaults } from '../../../study/plan/start-faults.ts'
import { timeLeft } from '../../../study/plan/time-left.ts'
import { damageNotes } from '../../../study/run/damage.ts'
import { repeatNotes, stepsToDo } from '../../../study/run/readiness.ts'
import type { Step } from '../../../study/steps/step-kinds.ts'
import { Store } from '../../../study/store/store.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { type DeviceFlags, loadCheckedPlan, type StudyFlags } from '../../input/load-plan.ts'
import { loadStudy, StudyFaults } from '../../input/load-study.ts'
import { planNotes } from '../../input/plan-notes.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { withStudyDevice } from '../../input/study-device.ts'
import { deviceOption } from '../../options/device-option.ts'
import { threadCount, wholeNumber } from '../../options/option-values.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'
import { interruptible } from '../../print/interrupts.ts'
import { type PlanReport, planLines } from '../../print/plan-lines.ts'
import { printLines } from '../../print/print-lines.ts'
import { tellNotes, warning } from '../../print/tell-notes.ts'
import { chainCount } from '../../run/standing.ts'

interface PlanFlags extends StudyFlags, DeviceFlags {
  readonly assumeSizes?: true
  readonly measure: boolean
  readonly jobs: number
  readonly threads?: number
  readonly all?: true
  readonly dot?: true
  readonly mermaid?: true
  readonly json?: true
}

/** `reteach plan`: what a run would do, and what it would take. */
export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description('Show the steps of a study after sharing, and what each takes on this machine by a short measurement')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .addOption(deviceOption('what the study would be computed on, whatever it says itself'))
    .option(
      '--assume-sizes',
      "plan without data and models: numbers of rows are the study's own, times follow from sizes",
    )
    .option('--no-measure', 'do not prepare or measure anything: only what is known already')
    .option('--jobs <n>', 'steps that will run side by side, which share the threads', wholeNumber(1), 1)
    .option('--threads <n>', 'threads of the run (default: all cores)', threadCount)
    .option('--all', 'every step, with all that is known of it, not only one screen')
    .addOption(new Option('--dot', 'print the graph of steps for Graphviz').conflicts(['mermaid', 'json']))
    .addOption(new Option('--mermaid', 'print the graph of steps for Mermaid').conflicts('json'))
    .option('--json', 'print the steps and estimates as JSON')
    .addHelpText(
      'after',
      `
Without --assume-sizes every row is read and every start opened first, also with
--no-measure: what would end a run in its middle is told with line and column.

Examples:
  $ reteach plan study.yaml
  $ reteach plan study.yaml --all
  $ reteach plan examples/paper.yaml --assume-sizes
  $ reteach plan study.yaml --mermaid > plan.mmd`,
    )
    .action(plan)
}

async function plan(study: string, flags: PlanFlags): Promise<void> {
  const store = new Store(storeFolder(study, flags))
  const planned = flags.assumeSizes ? assumedPlan(study, store, flags) : await loadCheckedPlan(study, store, flags)
  const empty = flags.assumeSizes ? undefined : emptyStore(planned, study, store)
  tellNotes([
    ...planNotes(planned),
    ...(empty?.elsewhere ? [empty.sentence] : []),
    ...damageNotes(planned, store),
    ...repeatNotes(planned, store),
  ])
  const todo = new Set(stepsToDo(planned, store))
  const isDone = (step: Step): boolean => !todo.has(step)
  if (flags.dot || flags.mermaid) {
    process.stdout.write(`${(flags.dot ? dotGraph : mermaidGraph)(planned, isDone)}\n`)
    return
  }
  const share = { threads: threadsOfJob(flags.threads, flags.jobs), jobs: flags.jobs }
  if (!flags.assumeSizes) await requireAddressSpace(planned, store)
  if (flags.measure && !flags.assumeSizes) await measure(planned, store, share)
  const bySize = flags.measure && flags.assumeSizes ? await measureSizes(planned, share) : undefined
  const estimates = estimateStudy(planned, store, share, { bySize, isDone })
  if (flags.json)
    process.stdout.write(`${JSON.stringify(jsonPlan(planned, store, { estimates, isDone, jobs: flags.jobs }))}\n`)
  else printLines(planLines(reportOf(planned, store, { estimates, isDone, jobs: flags.jobs }), flags.all ?? false))
}

function assumedPlan(study: string, store: Store, { folder, device }: PlanFlags): Plan {
  const checked = loadStudy(study, folder ?? new Map(), { device })
  const faults = writtenConfigFaults(checked)
  if (faults.length > 0) throw new StudyFaults(faults)
  return planStudy(withStudyDevice(checked.study, store, device), assumedInputs())
}

async function measureSizes(planned: Plan, share: MachineShare): Promise<MeasuredBySize> {
  tellNotes([
    ...busyNotes(),
    'Times and memory are told by the sizes of the models, of rows half as long as their limits; with data and models they are measured',
  ])
  const context = { ...share, onProgress: () => {}, onNotice: () => {} }
  return await interruptible((signal) => measureBySize(planned, { ...context, signal }))
}

async function measure(planned: Plan, store: Store, share: MachineShare): Promise<void> {
  if (isReadOnly(store.folder)) {
    tellNotes([`Nothing is measured, as the store "${store.folder}" may only be read`])
    return
  }
  tellNotes(busyNotes())
  try {
    makeFolder(store.folder)
  } catch (error) {
    throw writeFault(store.folder, error)
  }
  const say = (text: string): void => void process.stderr.write(`${text}\n`)
  await interruptible((signal) =>
    measureStudy(
      planned,
      store,
      {
        signal,
        ...share,
        onProgress: () => {},
        onNotice: (sentence) => say(warning(sentence)),
      },
      say,
    ),
  )
}

/** Of a folder that is there: what cannot be made is told when it is made. */
function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return false
  } catch (error) {
    return ['EROFS', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')
  }
}

/** Told before anything is measured, which itself makes the machine busy. */
function busyNotes([average] = loadavg() as [number], cores = availableParallelism()): string[] {
  // A core that other work takes half of the time is enough to be seen in what is measured.
  if (average < cores / 2) return []
  const load = `its load average is ${average.toFixed(1)} on ${plural(cores, 'core')}`
  return [`This machine is busy, as ${load}: what is measured now takes longer than it will on a quiet one`]
}

/** What is known of a plan's steps. */
interface KnownSteps {
  readonly estimates: Estimates
  readonly isDone: (step: Step) => boolean
  readonly jobs: number
}

function jsonPlan(plan: Plan, store: Store, known: KnownSteps) {
  const { estimates, isDone } = known
  const { study, chains, steps } = plan
  return {
    study: study.name,
    chains: chains.length,
    shared: sharedSteps(chains, steps.size),
    differences: differencesOf(plan, store),
    steps: [...steps.values()].map((step) => ({
      kind: step.kind,
      key: step.key,
      label: step.label,
      needs: step.needs,
      finished: isDone(step),
      ...estimates.get(step.key),
      ...(mayStopEarly(step) && { atMost: true }),
    })),
    totals: totals(plan, known),
  }
}

function reportOf(plan: Plan, store: Store, known: KnownSteps): PlanReport {
  const { estimates, isDone, jobs } = known
  const { study, chains } = plan
  const steps = [...plan.steps.values()].map((step) => ({
    step,
    finished: isDone(step),
    atMost: mayStopEarly(step),
    ...estimates.get(step.key),
  }))
  const finished = steps.filter((one) => one.finished).length
  const shared = sharedSteps(chains, steps.length)
  return {
    counts: `${study.name}: ${chainCount(plan)}, ${plural(steps.length, 'step')}, ${shared} shared, ${finished} finished`,
    steps,
    totals: totals(plan, known),
    jobs,
    differences: differencesOf(plan, store),
  }
}

function mayStopEarly(step: Step): boolean {
  return step.kind === 'teach' && step.settings.stop_after > 0
}

/** What would differ between the rows of each table besides their start. */
function differencesOf(plan: Plan, store: Store): { title: string; sentences: string[] }[] {
  const rows = rowCounts(plan, store)
  return tableRequests(plan).flatMap((request) => {
    const sentences = unfairnessOf(plan, request, rows).map(({ sentence }) => sentence)
    return sentences.length === 0 ? [] : [{ title: request.title, sentences }]
  })
}

/** How many steps there would be more if every chain did its own. */
function sharedSteps(chains: Plan['chains'], steps: number): number {
  const alone = chains.reduce((sum, { teach, evaluations, chain }) => {
    const tasks = new Set([...chain.lessons.map(({ name }) => name), ...evaluations.map(({ task }) => task)])
    const swaps = evaluations.filter(({ prefixTest }) => prefixTest !== undefined).length
    return sum + teach.length + evaluations.length + swaps + tasks.size
  }, 0)
  return Math.max(0, alone - steps)
}

/** `seconds` leaves out what has not been measured; the other totals do, too. */
function totals(plan: Plan, { estimates, isDone, jobs }: KnownSteps) {
  const all = [...estimates.values()]
  const done = [...plan.steps.values()].filter(isDone)
  const secondsOf = ({ key }: Step): number => estimates.get(key)?.seconds ?? 0
  const sum = (pick: (of: (typeof all)[number]) => number | undefined): number =>
    all.reduce((total, one) => total + (pick(one) ?? 0), 0)
  return {
    updates: sum(({ updates }) => updates),
    seconds: timeLeft(plan, { secondsOf, shares: new Map(done.map(({ key }) => [key, 1])), jobs }).seconds,
    unknown: all.filter(({ updates, seconds }) => updates !== undefined && seconds === undefined).length,
    peakMemoryBytes: Math.max(0, ...all.map(({ peakMemoryBytes }) => peakMemoryBytes ?? 0)),
    // One lesson's state at a time lies beside the results.
    diskBytes: sum(({ diskBytes }) => diskBytes) + Math.max(0, ...all.map(({ stateBytes }) => stateBytes ?? 0)),
  }
}
