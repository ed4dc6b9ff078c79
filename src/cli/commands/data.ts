import { join } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { type CountTokens, type DataReport, type ReportTask, reportData } from '../../data/audit/data-report.ts'
import { loadTokenizer } from '../../pretrained/tokenizer-folder.ts'
import { labelFigureText } from '../../report/charts/bars-text.ts'
import type { Figure } from '../../report/charts/figure.ts'
import { figureSvg } from '../../report/charts/figure-svg.ts'
import { labelCountsFigure } from '../../report/figures/label-figure.ts'
import { type MixtureReport, mixtureReports } from '../../study/steps/mixture-report.ts'
import { type Prepared, taskParts } from '../../study/steps/prepare-task.ts'
import type { Start, Study, StudyTask } from '../../study/study.ts'
import { hubFolder } from '../input/hub-folder.ts'
import { loadStudy } from '../input/load-study.ts'
import { folderOption } from '../options/study-options.ts'
import { dataReportLines, mixtureLines } from '../print/data-report-lines.ts'

interface DataFlags {
  readonly folder?: ReadonlyMap<string, string>
  readonly task?: readonly string[]
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
    .option('--svg <dir>', 'write a figure of the labels of each task with labels into this folder')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Rows count as leaked when their source is in another split of any task, equal but for case and spaces, or similar
(7 in 10 of all runs of 5 characters are shared).

Examples:
  $ reteach data study.yaml
  $ reteach data examples/real.yaml --folder data=../data --task res --svg figures`,
    )
    .action(async (file: string, flags: DataFlags) => {
      const { study } = loadStudy(file, flags.folder ?? new Map())
      const say = (sentence: string): void => void process.stderr.write(`${pc.yellow('Warning:')} ${sentence}\n`)
      const rows = await readTasks(study, flags.task, say)
      const tasks = [...rows].map(([name, parts]) => reportTask(study.tasks.get(name)!, parts))
      const report = reportData(tasks, await tokenCounters(study, say))
      const trainRows = new Map([...rows].map(([name, { train = [] }]) => [name, train]))
      const mixtures = await mixtureReports(study, trainRows, tokenizerPath, say)
      if (flags.svg !== undefined) writeFigures(report, flags.svg)
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ study: study.name, ...report, mixtures })}\n`)
      else process.stdout.write(`${textReport(report, mixtures).join('\n')}\n`)
    })
}

type TaskParts = Awaited<ReturnType<typeof taskParts>>

async function readTasks(
  study: Study,
  wanted: readonly string[] | undefined,
  onNotice: (sentence: string) => void,
): Promise<ReadonlyMap<string, TaskParts>> {
  const names = wanted ?? [...study.tasks.keys()]
  const tasks = new Map<string, TaskParts>()
  for (const name of names) {
    const task = study.tasks.get(name)
    if (task === undefined) {
      const known = [...study.tasks.keys()]
      const hint = didYouMean(name, known) || `: it has ${known.map((one) => `"${one}"`).join(', ')}`
      throw new Fault(`Cannot find task "${name}" in "${study.file}"${hint}`)
    }
    tasks.set(name, await taskParts(task, onNotice))
  }
  return tasks
}

function reportTask(task: StudyTask, parts: TaskParts): ReportTask {
  return {
    name: task.name,
    prefix: task.prefix,
    limits: task.limits,
    ...(task.texts.kind === 'labels' && { classes: task.texts.labels.classes }),
    splits: Object.entries(parts).map(([name, rows]) => ({ name, rows: rows.map(reportRow) })),
  }
}

function reportRow(row: Prepared): ReportTask['splits'][number]['rows'][number] {
  return 'text' in row ? { source: row.text } : row
}

/** A counter for the tokenizer of each start; a start whose tokenizer is not at hand is told and left out. */
async function tokenCounters(
  study: Study,
  onNotice: (sentence: string) => void,
): Promise<ReadonlyMap<string, CountTokens>> {
  const counters = new Map<string, CountTokens>()
  for (const start of study.starts.values()) {
    try {
      const tokenizer = loadTokenizer(await tokenizerPath(start))
      counters.set(start.name, (text) => tokenizer.encode(text).length)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      onNotice(`Lengths for start "${start.name}" are left out: ${error.message}`)
    }
  }
  return counters
}

async function tokenizerPath(start: Start): Promise<string> {
  if (start.kind === 'hub') return await hubFolder(start.hub, start.revision, 'tokenizer')
  return start.kind === 'folder' ? start.folder.path : start.tokenizer.path
}

function textReport(report: DataReport, mixtures: readonly MixtureReport[]): string[] {
  const width = process.stdout.columns ?? 80
  const figures = figuresOf(report).flatMap((figure) => ['', ...labelFigureText(figure, width)])
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
