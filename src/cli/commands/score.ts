import type { Command, Option } from 'commander'
import { plural } from '../../base/plural.ts'
import { allReferences, referenceCount } from '../../metrics/example-statistics.ts'
import type { MetricKind, MetricReport } from '../../metrics/metric.ts'
import { metricKinds, variantsFor } from '../../metrics/registry.ts'
import { refuse } from '../input/named-model.ts'
import { readLabelSystems, readTextSystems } from '../input/read-systems.ts'
import { addStudyModelOptions, studyModelHelp } from '../input/study-model.ts'
import {
  addMetricOptions,
  checkMetricFlags,
  type MetricFlags,
  metricSettings,
  type OfferedMetric,
  offeredMetric,
  offeredMetrics,
} from '../options/metric-options.ts'
import { threadCount } from '../options/option-values.ts'
import { columnLines } from '../print/column-lines.ts'
import { labelReport, sentenceReports, textReport } from '../print/metric-report.ts'
import { allRowsOption, thresholdOption } from './model/ask-model.ts'
import { type ScoreModelFlags, scoreModel } from './model/score-model.ts'

interface ScoreFlags extends Partial<MetricFlags>, ScoreModelFlags {
  readonly predictions?: string
}

/** Answers in a file, and what to compute of them. */
type FileFlags = MetricFlags & { readonly predictions: string }

/** `reteach score`: the scores of any program's answers. */
export function addScoreCommand(program: Command, kinds: readonly MetricKind[] = metricKinds): void {
  const offered = offeredMetrics(kinds)
  const command = program
    .command('score')
    .description(
      'Score answers against references as sacreBLEU, rouge_score and scikit-learn do, or a model by its task',
    )
    .option('--predictions <file>', 'answers: plain lines, or .jsonl with a string, a list or an object a line')
  addMetricOptions(command, offered, false)
  const ofFiles = command.options.filter(({ long }) => long !== '--json')
  addStudyModelOptions(
    command.option('--model <model>', `instead of --predictions, an exported model, ${studyModelHelp}`),
  )
    .option(
      '--input <file>',
      "of a model: rows with their right answers, a table with the task's columns (default: test rows)",
    )
    .addOption(allRowsOption())
    .addOption(thresholdOption())
    .option('--threads <n>', 'of a model: threads to use (default: all cores)', threadCount)
    .addHelpText(
      'after',
      `
Examples:
  $ reteach score --metric bleu --predictions answers.txt --references test.zh
  $ reteach score --metric rouge --stemmer --predictions answers.jsonl --references pairs.jsonl --reference-field target
  $ reteach score --metric labels --labels BadFood,Cost,Filthy --predictions a.jsonl --references gold.jsonl --json
  $ reteach score --model "study.yaml#mt5 -> res" --input more-reviews.csv`,
    )
    .action(async (flags: ScoreFlags) => {
      if (flags.model !== undefined) return await printModelScores(flags, command, ofFiles)
      const files = fileFlags(flags, command)
      checkMetricFlags(files, offered)
      const report = reportOf(offeredMetric(files, offered), files)
      if (flags.json) process.stdout.write(`${JSON.stringify(jsonOf(report))}\n`)
      else printReport(report)
    })
}

function jsonOf({ json, warnings }: MetricReport): object {
  return { ...json, ...(warnings.length > 0 && { warnings }) }
}

function printReport({ lines, warnings }: Pick<MetricReport, 'lines' | 'warnings'>): void {
  for (const part of lines) {
    for (const line of typeof part === 'string' ? [part] : columnLines(part)) process.stdout.write(`${line}\n`)
  }
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`)
}

/** Of answers in a file both must be given. */
function fileFlags(flags: ScoreFlags, command: Command): FileFlags {
  refuse(
    flags,
    ['seed', 'task', 'store', 'folder', 'input', 'allRows', 'threshold', 'threads'],
    '"study.yaml#mt5 -> res"',
    command,
  )
  const missing = flags.predictions === undefined ? '--predictions <file>' : '--metric <name>'
  if (flags.predictions === undefined || flags.metric === undefined) {
    command.error(`error: required option '${missing}' not specified`, { exitCode: 2 })
  }
  return flags as FileFlags
}

/** @param ofFiles by which answers in a file are scored; a model's task knows it */
async function printModelScores(flags: ScoreFlags, command: Command, ofFiles: readonly Option[]): Promise<void> {
  const given = ofFiles.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
  if (given !== undefined) {
    command.error(`error: ${given.long} does not go with --model: its task knows`, { exitCode: 2 })
  }
  const { metrics, ...scores } = await scoreModel(flags, command)
  if (flags.json) {
    const reports = [...metrics].map(([name, report]) => [name, jsonOf(report)])
    process.stdout.write(`${JSON.stringify({ ...scores, metrics: Object.fromEntries(reports) })}\n`)
    return
  }
  process.stdout.write(`${plural(scores.examples, 'row')} of ${scores.task}\n`)
  for (const report of metrics.values()) printReport(report)
}

function reportOf(metric: OfferedMetric, flags: FileFlags): MetricReport {
  const { kind, single } = metric
  const settings = metricSettings(metric, flags)
  if (kind.answers === 'label sets') {
    const { systems, references, labels } = readLabelSystems([flags.predictions], flags)
    return labelReport(kind, systems[0]!, references, { ...settings, labels })
  }
  const { systems, references } = readTextSystems([flags.predictions], flags)
  const predictions = systems[0]!
  const variants = variantsFor(kind, settings, allReferences(references)).map(({ options }) => options)
  if (single) {
    const metrics = variants.map((options) => kind.make({ ...options, references: referenceCount(references) }))
    return sentenceReports(metrics, predictions, references)
  }
  return besideEachOther(variants.map((options) => textReport(kind, predictions, references, options)))
}

function besideEachOther(reports: readonly MetricReport[]): MetricReport {
  const [first, ...beside] = reports.map(({ json }) => json)
  return {
    json: { ...first, ...(beside.length > 0 && { beside }) },
    lines: reports.flatMap(({ lines }) => lines),
    warnings: [...new Set(reports.flatMap(({ warnings }) => warnings))],
  }
}
