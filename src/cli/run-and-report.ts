import { join } from 'node:path'
import pc from 'picocolors'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { findingOf } from '../report/finding.ts'
import { markdownTable, tableCells } from '../report/render-table.ts'
import { type TaskTable, taskTables } from '../report/task-table.ts'
import { readInputs } from '../study/inputs.ts'
import { type Plan, planStudy, type Step } from '../study/plan.ts'
import { type RunReport, runStudy } from '../study/run-study.ts'
import { Store } from '../study/store.ts'
import { columns } from './columns.ts'
import { formatDuration } from './durations.ts'
import { hubFolder } from './hub-folder.ts'
import { interruptible } from './interrupts.ts'
import { programVersion } from './package.ts'
import { ProgressLine } from './progress-line.ts'
import { engineRunners } from './step-runners.ts'
import { loadStudy, StudyFaults } from './study-faults.ts'

export interface RunRequest {
  readonly study: string
  readonly store: string
  readonly folders: ReadonlyMap<string, string>
  readonly jobs?: number
  readonly threads?: number
  readonly json: boolean
}

/** Checks, plans and runs a study, then prints its tables. The exit code is 1 when a step has failed. */
export async function runAndReport(request: RunRequest): Promise<void> {
  const store = new Store(request.store)
  const plan = await planFile(request, store)
  const line = new ProgressLine()
  const begun = performance.now()
  line.say(beginning(plan, store))
  const report = await interruptible((signal) => run(plan, store, request, line, signal))
  const tables = await taskTables(plan, store)
  saveTables(plan, store, tables)
  if (request.json) process.stdout.write(`${JSON.stringify(jsonReport(plan, report, tables))}\n`)
  else process.stdout.write(`${textReport(tables)}\n`)
  line.say(ending(report, (performance.now() - begun) / 1000))
  if (report.failed.length > 0) process.exitCode = 1
}

async function planFile({ study, folders }: RunRequest, store: Store): Promise<Plan> {
  const checked = loadStudy(study, folders)
  const inputs = await readInputs(checked, { hubFolder, cacheFile: join(store.folder, 'input-hashes.json') })
  if ('faults' in inputs) throw new StudyFaults(inputs.faults)
  return planStudy(checked.study, inputs)
}

async function run(
  plan: Plan,
  store: Store,
  { jobs, threads }: RunRequest,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<RunReport> {
  let ended = [...plan.steps.values()].filter(({ kind, key }) => store.isDone(kind, key)).length
  const place = (): string => pc.dim(`[${ended}/${plan.steps.size}]`)
  return await runStudy(plan, {
    store,
    runners: engineRunners,
    signal,
    program: `reteach ${programVersion()}`,
    ...(jobs === undefined ? {} : { jobs }),
    ...(threads === undefined ? {} : { threads }),
    observer: {
      onProgress: (step, progress) => line.update({ label: `${place()} ${step.label}`, ...progress }),
      onNotice: (_, sentence) => line.say(`${pc.yellow('Warning:')} ${sentence}`),
      onHeld: (step, { pid, host }) =>
        line.say(`Waiting for "${step.label}", which process ${pid} on ${host} is working on`),
      onFinish(step, seconds) {
        line.end(`${place()} ${step.label}`)
        ended++
        line.say(`${place()} ${step.label}  ${formatDuration(seconds)}`)
      },
      onFailure(step, reason) {
        line.end(`${place()} ${step.label}`)
        line.say(`${place()} ${step.label}  ${pc.red('failed')}: ${reason}`)
      },
    },
  })
}

function beginning({ study, chains, steps }: Plan, store: Store): string {
  const done = [...steps.values()].filter(({ kind, key }) => store.isDone(kind, key)).length
  const counts = `${plural(chains.length, 'chain')}, ${plural(steps.size, 'step')}`
  if (done === steps.size) return `${study.name}: ${counts}, all finished: nothing to do`
  return `${study.name}: ${counts}${done > 0 ? `, ${done} finished before` : ''}; store "${store.folder}"`
}

function ending({ finished, failed, blocked, reused }: RunReport, seconds: number): string {
  if (finished.length + failed.length === 0)
    return `Nothing was done: all ${plural(reused.length, 'step')} were finished before`
  const parts = [`${plural(finished.length, 'step')} done in ${formatDuration(seconds)}`]
  if (failed.length === 0) return parts[0]!
  parts.push(`${failed.length} failed, ${blocked.length} not tried as they need those`)
  const lines = failed.map(
    ({ step, reason, bug }) => `  ${step.label}: ${reason}${bug?.stack === undefined ? '' : `\n${bug.stack}`}`,
  )
  return [`${parts.join('; ')}. Run again to try them again:`, ...lines].join('\n')
}

function textReport(tables: readonly TaskTable[]): string {
  const blocks = tables.map((table) => {
    const signatures = [...new Map(table.columns.map(({ metric, signature }) => [metric, signature]))]
    return [
      '',
      pc.bold(table.title),
      ...columns(tableCells(table)),
      ...signatures.map(([metric, signature]) => pc.dim(`${metric}: ${signature}`)),
      findingOf(table),
    ].join('\n')
  })
  return blocks.length === 0 ? '\nNo test is finished yet' : blocks.join('\n')
}

function saveTables({ study }: Plan, store: Store, tables: readonly TaskTable[]): void {
  const folder = join(store.folder, 'report', study.name.replace(/[^\p{L}\p{N}_.-]+/gu, '-'))
  const sections = tables.map((table) => `## ${table.title}\n\n${markdownTable(table)}\n\n${findingOf(table)}\n`)
  writeFileAtomic(join(folder, 'tables.md'), `# ${study.name}\n\n${sections.join('\n')}`)
  writeFileAtomic(join(folder, 'tables.json'), `${JSON.stringify(withFindings(tables), null, 2)}\n`)
}

function withFindings(tables: readonly TaskTable[]) {
  return tables.map((table) => ({ ...table, finding: findingOf(table) }))
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

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
