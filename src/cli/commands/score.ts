import type { Command } from 'commander'
import { allReferences, referenceCount } from '../../metrics/example-statistics.ts'
import type { MetricKind, MetricReport } from '../../metrics/metric.ts'
import { metricKinds, variantsFor } from '../../metrics/registry.ts'
import { readLabelSystems, readTextSystems } from '../input/read-systems.ts'
import {
  addMetricOptions,
  checkMetricFlags,
  type MetricFlags,
  metricSettings,
  type OfferedMetric,
  offeredMetric,
  offeredMetrics,
} from '../options/metric-options.ts'
import { columnLines } from '../print/column-lines.ts'
import { labelReport, sentenceReports, textReport } from '../print/metric-report.ts'

interface ScoreFlags extends MetricFlags {
  readonly predictions: string
}

/** `reteach score`: the scores of any program's answers. */
export function addScoreCommand(program: Command, kinds: readonly MetricKind[] = metricKinds): void {
  const offered = offeredMetrics(kinds)
  const command = program
    .command('score')
    .description('Score answers against references as sacreBLEU, rouge_score and scikit-learn do')
    .requiredOption('--predictions <file>', 'answers: plain lines, or .jsonl with a string, a list or an object a line')
  addMetricOptions(command, offered)
    .addHelpText(
      'after',
      `
Examples:
  $ reteach score --metric bleu --predictions answers.txt --references test.zh
  $ reteach score --metric rouge --stemmer --predictions answers.jsonl --references pairs.jsonl --reference-field target
  $ reteach score --metric labels --labels BadFood,Cost,Filthy --predictions a.jsonl --references gold.jsonl --json`,
    )
    .action((flags: ScoreFlags) => {
      checkMetricFlags(flags, offered)
      const { json, lines, warnings } = reportOf(offeredMetric(flags, offered), flags)
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ ...json, ...(warnings.length > 0 && { warnings }) })}\n`)
        return
      }
      for (const part of lines) {
        for (const line of typeof part === 'string' ? [part] : columnLines(part)) process.stdout.write(`${line}\n`)
      }
      for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`)
    })
}

function reportOf(metric: OfferedMetric, flags: ScoreFlags): MetricReport {
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
