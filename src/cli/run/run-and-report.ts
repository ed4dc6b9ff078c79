import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { requireWritable } from '../../base/atomic-file.ts'
import { Fault, UsageFault } from '../../base/fault.ts'
import { plural } from '../../base/plural.ts'
import { isDiskFull } from '../../base/system-fault.ts'
import { type Conclusions, conclude } from '../../report/conclusions/conclusions.ts'
import { studyFigures } from '../../report/figures/study-figures.ts'
import { pageName, savePage } from '../../report/page/save-page.ts'
import { type StudyResults, studyResults } from '../../report/results/study-results.ts'
import { type SavedFigure, saveFigures } from '../../report/save-figures.ts'
import { saveReport, withFindings } from '../../report/save-report.ts'
import { type TaskTable, taskTables } from '../../report/tables/task-table.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { damageNotes, takeStock } from '../../study/run/damage.ts'
import { removeSpentWeights } from '../../study/run/garbage.ts'
import { repeatNotes, stepsToDo } from '../../study/run/readiness.ts'
import type { RunReport } from '../../study/run/schedule.ts'
import { namesakesOf } from '../../study/run/study-claims.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import { type Lease, removeDeadLeases, takeLease } from '../../study/store/lease.ts'
import { Store } from '../../study/store/store.ts'
import { saveCards } from '../../use/save-cards.ts'
import { emptyStore } from '../input/empty-store.ts'
import { loadCheckedPlan, loadPlan } from '../input/load-plan.ts'
import { planNotes } from '../input/plan-notes.ts'
import { storeFolder } from '../input/store-folder.ts'
import { formatDuration } from '../print/durations.ts'
import { interruptible } from '../print/interrupts.ts'
import { PlanList } from '../print/live/plan-list.ts'
import { styles } from '../print/own-styles.ts'
import { printLines } from '../print/print-lines.ts'
import { shownPath } from '../print/program-call.ts'
import type { ProgressLine } from '../print/progress-line.ts'
import { tableLines } from '../print/table-lines.ts'
import { tellNotes, warning } from '../print/tell-notes.ts'
import { answerLines, restLines } from './conclusion-lines.ts'
import { openPage } from './open-page.ts'
import type { RunFlags } from './run-flags.ts'
import { type Held, runSteps } from './run-steps.ts'
import { SeenJobs } from './seen-jobs.ts'
import { chainCount, failures, standing } from './standing.ts'
import { reportOf } from './stored-report.ts'
import { StudyEvents } from './study-events.ts'
import { printScripts, submitAndTell } from './submit-and-tell.ts'

/** Checks, plans and runs a study, then prints its tables. The exit code is 1 when a step has failed. */
export async function runAndReport(study: string, flags: RunFlags): Promise<void> {
  refuseUnfit(flags)
  const store = new Store(storeFolder(study, flags))
  // What would end a run in its middle is told before it begins.
  const plan = flags.dryRun ? await loadPlan(study, store, flags, flags) : await loadCheckedPlan(study, store, flags)
  const empty = emptyStore(plan, study, store)
  const namesakes = namesakesOf(plan, store).map(
    (file) =>
      `"${shownPath(file)}" is a study "${plan.study.name}" with this store too, and writes its tables where this one does: give one of them another name`,
  )
  tellNotes([...planNotes(plan), ...(empty?.elsewhere ? [empty.sentence] : []), ...namesakes])
  const line = new PlanList()
  if (flags.on === 'slurm' && flags.dryRun) return await printScripts({ study, plan, store }, flags, line)
  if (flags.on === 'slurm' && flags.detach) {
    const more = await submitAndTell({ study, plan, store }, flags, line)
    if (!more) await withReport(plan, store, flags, line, async () => reportOf(plan, store))
    return
  }
  if (flags.dryRun) {
    tellNotes([...damageNotes(plan, store), ...repeatNotes(plan, store)])
    line.say(beginning(plan, store))
    printTodo(plan, store, flags)
    return
  }
  const onFault = (sentence: string): void => line.say(warning(sentence))
  const events = flags.tensorboard === undefined ? undefined : new StudyEvents(flags.tensorboard, store, onFault)
  const queue = new SeenJobs()
  const page = flags.open
    ? await openPage(
        plan,
        store,
        () => queue.live(plan),
        (sentence) => line.say(sentence),
      )
    : undefined
  try {
    await withReport(plan, store, flags, line, (held) =>
      runSteps(study, plan, store, { flags, line, events, queue }, held),
    )
  } finally {
    await page?.close()
  }
}

/** @throws {UsageFault} at flags that do not go together */
function refuseUnfit({ on, cluster, detach, dryRun, open, jobs, threads, tensorboard }: RunFlags): void {
  if (cluster !== undefined && on !== 'slurm') {
    throw new UsageFault('Cannot use a cluster on this machine: --cluster goes with --on slurm')
  }
  if (detach && on !== 'slurm') {
    throw new UsageFault('Cannot detach a run on this machine: --detach goes with --on slurm')
  }
  if (on === 'slurm' && (jobs ?? threads) !== undefined) {
    const flag = jobs === undefined ? '--threads' : '--jobs'
    throw new UsageFault(`Cannot use ${flag} with --on slurm: "cluster" says what jobs there are, and their processors`)
  }
  if (detach && tensorboard !== undefined) {
    throw new UsageFault(
      'Cannot write the numbers of a run that goes on without this process: give --tensorboard to a run without --detach, also afterwards',
    )
  }
  if (open && dryRun) throw new UsageFault('There is nothing to look at in a dry run: --open goes with a run')
  if (open && detach) {
    throw new UsageFault('Cannot open the page of a run that goes on without this process: see it with "reteach serve"')
  }
}

type Work = (held: Held) => Promise<RunReport>

/** Has work done under a lease, then prints and writes what has come of the study. */
export async function withReport(
  plan: Plan,
  store: Store,
  flags: RunFlags,
  line: ProgressLine,
  work: Work,
): Promise<void> {
  if (!isWritable(store)) {
    return await reportAlone(plan, store, flags, line, `The store "${store.folder}" may only be read`)
  }
  const lease = leaseOrFull(plan, store, flags, line)
  if (lease === 'full') return await reportAlone(plan, store, flags, line, `The disk of "${store.folder}" is full`)
  try {
    await runLeased(plan, store, flags, line, lease, work)
  } finally {
    lease.release()
  }
}

/** A full disk is in the way of work alone. */
function leaseOrFull(plan: Plan, store: Store, { alone }: RunFlags, line: ProgressLine): Lease | 'full' {
  try {
    return takeLease(store, plan.steps.keys(), ({ pid, host }) =>
      line.say(`Waiting for process ${pid} on ${host}, which tidies "${store.folder}"`),
    )
  } catch (error) {
    if (!isDiskFull(error) || (!alone && stepsToDo(plan, store).length > 0)) throw error
    return 'full'
  }
}

async function runLeased(
  plan: Plan,
  store: Store,
  flags: RunFlags,
  line: ProgressLine,
  lease: Lease,
  work: Work,
): Promise<void> {
  const begun = performance.now()
  if (!flags.text) requireWritable(store.reportFolder(plan.study.name))
  removeDeadLeases(store)
  takeStock(plan, store, (sentence) => line.say(warning(sentence)))
  if (flags.alone) tellNotes(damageNotes(plan, store))
  line.say(flags.alone ? standing(plan, store) : beginning(plan, store))
  const report = await interruptible((signal) => work({ signal, lease }))
  store.saveKnown()
  const told = await found(plan, store)
  tidyUp(plan, store, lease, line)
  const written = flags.text ? undefined : await writeOrTell(plan, store, told, flags, line)
  const { tables, conclusions } = told
  print(plan, report, { tables, conclusions, report: written?.folder ?? null, figures: written?.figures ?? [] }, flags)
  const last = flags.alone ? failures(report) : ending(plan, report, flags, (performance.now() - begun) / 1000)
  if (last !== undefined) line.say(last)
  if (written !== undefined) {
    line.say(`Tables and figures: ${join(written.folder, 'tables.md')}`)
    line.say(`To look at: ${written.page}`)
  }
  if (report.failed.length > 0) process.exitCode = 1
}

/** What cannot be removed now goes with the next run, or with gc. */
function tidyUp(plan: Plan, store: Store, lease: Lease, line: ProgressLine): void {
  try {
    removeSpentWeights(plan, store, lease)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    line.say(warning(error.describe()))
  }
}

/** What has been found is printed also where it cannot be written. */
async function writeOrTell(
  plan: Plan,
  store: Store,
  told: Found,
  flags: RunFlags,
  line: ProgressLine,
): Promise<Written | undefined> {
  try {
    await saveCards(plan, store)
    return await writeFiles(plan, store, told, flags, line)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    line.say(warning(error.describe()))
    process.exitCode = 1
    return undefined
  }
}

interface Written {
  readonly folder: string
  readonly figures: readonly SavedFigure[]
  readonly page: string
}

/** Figures, tables and the page of what has been found. */
async function writeFiles(
  { study }: Plan,
  store: Store,
  { tables, conclusions, results }: Found,
  { out }: RunFlags,
  line: ProgressLine,
): Promise<Written> {
  const folder = store.reportFolder(study.name)
  const onNotice = (sentence: string): void => line.say(warning(sentence))
  const drawn = await studyFigures(results)
  const figures = await saveFigures(drawn, folder, { onNotice })
  const report = { name: study.name, tables, conclusions, figures, latex: study.report }
  saveReport(report, folder)
  const page = await savePage({ report, figures: drawn, results }, out ?? join(folder, pageName))
  return { folder, figures, page }
}

async function writePage({ study }: Plan, { tables, conclusions, results }: Found, path: string): Promise<string> {
  const report = { name: study.name, tables, conclusions, latex: study.report }
  return await savePage({ report, figures: await studyFigures(results), results }, path)
}

/**
 * Of a store that cannot be written to: the tables of what is finished, and nothing is written.
 *
 * @param why it cannot be
 */
async function reportAlone(plan: Plan, store: Store, flags: RunFlags, line: ProgressLine, why: string): Promise<void> {
  tellNotes(damageNotes(plan, store))
  const left = stepsToDo(plan, store)
  if (left.length > 0 && !flags.alone) {
    throw new Fault(
      `Cannot write to the store "${store.folder}", where ${left.length} of ${plural(plan.steps.size, 'step')} are not finished: ` +
        'give another with --store, or the right to write to it',
    )
  }
  line.say(flags.alone ? standing(plan, store) : beginning(plan, store))
  const told = await found(plan, store)
  const { tables, conclusions } = told
  print(plan, reportOf(plan, store), { tables, conclusions, report: null, figures: [] }, flags)
  if (flags.out !== undefined) line.say(`To look at: ${await writePage(plan, told, flags.out)}`)
  if (!flags.text) line.say(`${why}: tables and figures are not written anew`)
}

async function found(plan: Plan, store: Store): Promise<Found> {
  const results = studyResults(plan, store)
  const tables = await taskTables(plan, store, results)
  return { results, tables, conclusions: await conclude(plan, store, results) }
}

interface Found {
  readonly results: StudyResults
  readonly tables: TaskTable[]
  readonly conclusions: Conclusions
}

/** @param told `report` is the folder of the files that were written */
function print(
  plan: Plan,
  report: RunReport,
  told: Omit<Found, 'results'> & { readonly report: string | null; readonly figures: readonly unknown[] },
  { json, why }: RunFlags,
): void {
  const { tables, ...rest } = told
  if (json) process.stdout.write(`${JSON.stringify({ ...jsonReport(plan, report, tables), ...rest })}\n`)
  else printLines(textReport(tables, told.conclusions, why === true))
}

/** Whether it may be written to, or made. */
function isWritable({ folder }: Store): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function beginning(plan: Plan, store: Store): string {
  const { study, steps } = plan
  const done = steps.size - stepsToDo(plan, store).length
  const counts = `${chainCount(plan)}, ${plural(steps.size, 'step')}`
  if (done === steps.size) return `${study.name}: ${counts}, all finished: nothing to do`
  return `${study.name}: ${counts}${done > 0 ? `, ${done} finished before` : ''}; store "${store.folder}"`
}

function ending({ steps }: Plan, report: RunReport, { detach }: RunFlags, seconds: number): string {
  const { finished, reused } = report
  const all = plural(steps.size, 'step')
  if (reused.length === steps.size) return `Nothing was done: all ${all} were finished before`
  // The steps of a detached run were done by others.
  const done = detach
    ? `${reused.length} of ${all} finished`
    : `${plural(finished.length, 'step')} done in ${formatDuration(seconds)}`
  const more = failures(report)
  return more === undefined ? done : `${done}; ${more}`
}

/** The answers come first; the tables, and what else the answers rest on, are for whoever reads on. */
function textReport(tables: readonly TaskTable[], conclusions: Conclusions, why: boolean): string[] {
  if (tables.length === 0) return ['', 'No test is finished yet']
  return [
    '',
    ...answerLines(conclusions),
    ...tables.flatMap((table) => ['', ...tableLines(table)]),
    ...(why ? restLines(conclusions, true) : ['', styles.dim('With --why: what the answers rest on')]),
  ]
}

function printTodo(plan: Plan, store: Store, { json }: RunFlags): void {
  const left = stepsToDo(plan, store)
  const told = left.map(({ kind, key, label }) => ({ kind, key, label }))
  if (json) process.stdout.write(`${JSON.stringify({ study: plan.study.name, todo: told })}\n`)
  else printLines(left.map(({ label }) => label))
}

function jsonReport(plan: Plan, report: RunReport, tables: readonly TaskTable[]) {
  const name = ({ kind, key, label }: Step) => ({ kind, key, label })
  return {
    study: plan.study.name,
    steps: {
      finished: report.finished.map(name),
      reused: report.reused.map(name),
      failed: report.failed.map(({ step, reason }) => ({ ...name(step), reason })),
      blocked: report.blocked.map(name),
    },
    tables: withFindings(tables),
  }
}
