import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { writeFileAtomic } from '../../../base/atomic-file.ts'
import { convertedRows, type Rows } from '../../../base/bounds/spooled-rows.ts'
import { Fault } from '../../../base/fault.ts'
import { didYouMean } from '../../../base/nearest.ts'
import {
  type CountTokens,
  type DataReport,
  type ReportRow,
  type ReportTask,
  reportData,
} from '../../../data/audit/data-report.ts'
import type { FindingProgress } from '../../../data/audit/leaks.ts'
import type { ReadOptions } from '../../../data/table/table.ts'
import type { HubListeners } from '../../../hub/listeners.ts'
import { hubFolder } from '../../../pretrained/hub-folder.ts'
import { loadTokenizer } from '../../../pretrained/tokenizer-folder.ts'
import { barsText } from '../../../report/charts/bars-text.ts'
import type { Figure } from '../../../report/charts/figure.ts'
import { figureSvg } from '../../../report/charts/figure-svg.ts'
import { labelCountsFigure } from '../../../report/figures/label-figure.ts'
import { missingPaths } from '../../../study/contents/missing-paths.ts'
import type { CheckedStudy } from '../../../study/file/read-study.ts'
import { columnFaults, inTextOrder } from '../../../study/plan/column-faults.ts'
import { rowFaults } from '../../../study/plan/row-faults.ts'
import { prefixNotes } from '../../../study/prefix-notes.ts'
import { type MixtureReport, mixtureReports } from '../../../study/steps/mixture-report.ts'
import { type Prepared, type TaskParts, taskParts } from '../../../study/steps/prepare-task.ts'
import { type FileSource, type Start, type Study, type StudyTask, sourcesOf } from '../../../study/study.ts'
import { loadStudy, StudyFaults } from '../../input/load-study.ts'
import { folderOption } from '../../options/study-options.ts'
import { dataReportLines, mixtureLines } from '../../print/data-report-lines.ts'
import { dataSummaryLines } from '../../print/data-summary-lines.ts'
import { printLines } from '../../print/print-lines.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes, warning } from '../../print/tell-notes.ts'
import { terminalWidth, usualWidth } from '../../print/terminal-width.ts'
import { whileFetching } from '../../print/while-fetching.ts'

interface DataFlags {
  readonly folder?: ReadonlyMap<string, string>
  readonly task?: readonly string[]
  readonly all?: true
  readonly svg?: string
  readonly json?: true
}

/** `reteach data`: what a study's data are like, before hours are spent on them. */
export function addDataCommand(program: Command): void {
  program
    .command('data')
    .description("Look at a study's data: sizes, lengths, labels, repeated rows, rows that leak between splits")
    .argument('<study>', 'study file (YAML)')
    .option('--task <name>', 'only this task; again for more', (name, before: readonly string[] = []) => [
      ...before,
      name,
    ])
    .addOption(folderOption())
    .option('--all', 'everything that is known, not only one screen')
    .option('--svg <dir>', 'write a figure of the labels of each task with labels into this folder')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Rows count as leaked when their source is in another split of any task, equal but for case and spaces, or similar
(7 in 10 of all runs of 5 characters are shared).

Texts lie in a temporary file where they are more than 32 MB (TMPDIR says where); about 300 bytes are held in memory of a
row, and 14 for every split of any task. Similar rows are looked for among at most two million different texts, and a text that
is much like very many others is compared with some of them: the report says so where it happens.

Examples:
  $ reteach data study.yaml
  $ reteach data examples/real/study.yaml --folder data=../data --task res --svg figures`,
    )
    .action(async (file: string, flags: DataFlags) => {
      const checked = loadStudy(file, flags.folder ?? new Map())
      const { study } = checked
      tellNotes(prefixNotes(study))
      const line = new ProgressLine()
      const onProgress = progressOn(line)
      const onBytes: ReadOptions['onBytes'] = (path, done, total) =>
        onProgress({ label: `read ${basename(path)}`, done, total, unit: 'bytes' })
      const { rows, counters, tokenizers } = await whileFetching(async (listeners) => {
        const warn = (sentence: string): void => listeners.onNotice(warning(sentence))
        const rows = await readTasks(checked, flags.task, {
          onNotice: warn,
          hub: { ...listeners, onNotice: warn },
          onBytes,
        })
        const tokenizers = await tokenizerPaths(study, listeners)
        return { rows, tokenizers, counters: await tokenCounters(tokenizers, warn) }
      }, line)
      tellNotes(divisionNotes([...rows.keys()].map((name) => study.tasks.get(name)!)))
      const tasks = [...rows].map(([name, parts]) => reportTask(study.tasks.get(name)!, parts))
      const report = reportData(tasks, counters, onProgress)
      for (const note of report.notes ?? []) line.say(warning(note))
      const trainRows = new Map([...rows].map(([name, { train = [] }]) => [name, train as Rows<Prepared>]))
      const say = (sentence: string): void => void process.stderr.write(`${warning(sentence)}\n`)
      const mixtures = await mixtureReports(study, trainRows, ({ name }) => tokenizers.get(name)!, say)
      if (flags.svg !== undefined) writeFigures(report, flags.svg)
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ study: study.name, ...report, mixtures })}\n`)
      else printLines(flags.all ? textReport(report, mixtures) : dataSummaryLines(report, mixtures))
    })
}

/** Tells of one piece of work after the other; most of what is told of is too soon to be seen. */
function progressOn(line: ProgressLine): FindingProgress {
  let last = ''
  let calls = 0
  return (progress) => {
    const { label, done, total } = progress
    if (calls++ % 64 !== 0 && done < total) return
    if (label !== last) line.end(last)
    last = label
    line.update({ ...progress, from: 0 })
    if (done >= total) line.end(label)
  }
}

async function readTasks(
  checked: CheckedStudy,
  wanted: readonly string[] | undefined,
  options: ReadOptions,
): Promise<ReadonlyMap<string, TaskParts>> {
  const { study } = checked
  const tasks = (wanted ?? [...study.tasks.keys()]).map((name) => taskOf(study, name))
  const missing = await missingPaths(tasks.flatMap(sourcesOf))
  const isThere = (source: FileSource): boolean => missing.every((one) => one.source !== source)
  const faults = missing.map(({ at, fault }) => checked.faultAt(at, fault.message))
  const wrongColumns = await columnFaults(checked, tasks, isThere, options.hub)
  if (wrongColumns.length > 0) throw new StudyFaults(inTextOrder([...faults, ...wrongColumns]))
  const addRowFaults = async (): Promise<void> =>
    void faults.push(...(await rowFaults(checked, tasks, isThere, options)).faults)
  if (faults.length > 0) {
    await addRowFaults()
    throw new StudyFaults(inTextOrder(faults))
  }
  const parts = new Map<string, TaskParts>()
  try {
    for (const task of tasks) parts.set(task.name, await taskParts(task, options))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    // It is seldom the only one, and a study says where.
    await addRowFaults()
    throw faults.length > 0 ? new StudyFaults(inTextOrder(faults)) : error
  }
  return parts
}

/** Rows that are divided several times are shown once. */
function divisionNotes(tasks: readonly StudyTask[]): string[] {
  return tasks.flatMap(({ name, data: { splits } }) => {
    if (splits === undefined || splits.size < 2) return []
    const [first, ...others] = splits.keys()
    return `The rows of "${name}" are divided anew for each seed: all here is of the division of seed ${first}, not of ${others.join(', ')}`
  })
}

function taskOf(study: Study, name: string): StudyTask {
  const task = study.tasks.get(name)
  if (task !== undefined) return task
  const known = [...study.tasks.keys()]
  const hint = didYouMean(name, known) || `: it has ${known.map((one) => `"${one}"`).join(', ')}`
  throw new Fault(`Cannot find task "${name}" in "${study.file}"${hint}`)
}

function reportTask(task: StudyTask, parts: TaskParts): ReportTask {
  return {
    name: task.name,
    prefix: task.prefix,
    limits: task.limits,
    ...(task.texts.kind === 'labels' && { classes: task.texts.labels.classes }),
    splits: Object.entries(parts).map(([name, rows]) => ({ name, rows: convertedRows(rows, reportRow) })),
  }
}

function reportRow(row: Prepared): ReportRow {
  return 'text' in row ? { source: row.text } : row
}

/** Where the tokenizer of each start of a chain is; of one that is not at hand, a promise that is rejected. */
async function tokenizerPaths(
  { chains }: Study,
  listeners: HubListeners,
): Promise<ReadonlyMap<string, Promise<string>>> {
  const paths = new Map<string, Promise<string>>()
  for (const start of new Set(chains.map((chain) => chain.start))) {
    paths.set(start.name, tokenizerPath(start, listeners))
    // One after the other, as each is told of in one line.
    await Promise.allSettled(paths.values())
  }
  return paths
}

async function tokenizerPath(start: Start, listeners: HubListeners): Promise<string> {
  if (start.kind === 'hub') return await hubFolder(start.hub, start.revision, 'tokenizer', listeners)
  return start.kind === 'folder' ? start.folder.path : start.tokenizer.path
}

/** A counter for the tokenizer of each start; a start whose tokenizer is not at hand is told and left out. */
async function tokenCounters(
  tokenizers: ReadonlyMap<string, Promise<string>>,
  onNotice: (sentence: string) => void,
): Promise<ReadonlyMap<string, CountTokens>> {
  const counters = new Map<string, CountTokens>()
  for (const [start, path] of tokenizers) {
    try {
      const tokenizer = loadTokenizer(await path)
      counters.set(start, (text) => tokenizer.encode(text).length)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      onNotice(`Lengths for start "${start}" are left out: ${error.message}`)
    }
  }
  return counters
}

function textReport(report: DataReport, mixtures: readonly MixtureReport[]): string[] {
  const width = terminalWidth() ?? usualWidth
  const figures = figuresOf(report).flatMap((figure) => ['', ...barsText(figure, width)])
  return [...dataReportLines(report), ...mixtures.flatMap(mixtureLines), ...figures]
}

function figuresOf({ tasks }: DataReport): Figure[] {
  return tasks.flatMap(({ name, labels }) =>
    labels === undefined ? [] : [labelCountsFigure(labels, `Labels of ${name}`, `labels-${name}`)],
  )
}

function writeFigures(report: DataReport, folder: string): void {
  for (const figure of figuresOf(report)) {
    writeFileAtomic(join(folder, `${figure.name}.svg`), figureSvg(figure))
  }
}
