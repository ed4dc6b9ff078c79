import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { Fault } from '../../base/fault.ts'
import { allReferences, referenceCount } from '../../metrics/example-statistics.ts'
import type { MetricKind } from '../../metrics/metric.ts'
import { metricKinds, variantsFor } from '../../metrics/registry.ts'
import { type CompareOptions, compareSystems, type SystemComparison } from '../../metrics/statistics/compare-systems.ts'
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
import { wholeNumber } from '../options/option-values.ts'
import { comparisonLines } from '../print/comparison-lines.ts'

interface CompareFlags extends MetricFlags, CompareOptions {}

/** `reteach compare`: whether systems that answered the same examples differ. */
export function addCompareCommand(program: Command, kinds: readonly MetricKind[] = metricKinds): void {
  const offered = offeredMetrics(kinds).filter(({ single }) => !single)
  const command = program
    .command('compare')
    .description('Test whether systems differ on the same examples; the first file is what the others are held against')
    .argument(
      '<files...>',
      'answers of two or more systems: .jsonl with a string, a list or an object a line, or lines',
    )
  addMetricOptions(command, offered)
    .option('--samples <n>', 'rounds of approximate randomisation', wholeNumber(1), 10_000)
    .option('--resamples <n>', 'rounds of the bootstrap', wholeNumber(1), 1000)
    .option('--seed <n>', 'of both', wholeNumber(0), 12345)
    .option('--level <share>', 'coverage of the intervals', level, 0.95)
    .addHelpText(
      'after',
      `
Every test is paired and two-sided. McNemar's exact test decides about exact answers, approximate randomisation about
every other score; with more than two systems their p-values are corrected after Holm.

Examples:
  $ reteach compare fresh.jsonl twice.jsonl --metric rouge
  $ reteach compare fresh.txt twice.txt mixed.txt --metric bleu --references test.en --json`,
    )
    .action((files: readonly string[], flags: CompareFlags) => {
      checkMetricFlags(flags, offered)
      if (files.length < 2) throw new Fault('Cannot compare one file: give the answers of at least two systems')
      const metric = offeredMetric(flags, offered)
      const found = compareFiles(metric, files, flags)
      const [first, ...beside] = found.map(({ comparison }) => comparison)
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ ...first, ...(beside.length > 0 && { beside }) })}\n`)
        return
      }
      const { lowIsBetter } = metric.kind
      for (const { comparison, best } of found) {
        for (const line of comparisonLines(comparison, { best, lowIsBetter })) process.stdout.write(`${line}\n`)
      }
      for (const warning of new Set([first!, ...beside].flatMap(({ warnings = [] }) => warnings))) {
        process.stderr.write(`Warning: ${warning}\n`)
      }
    })
}

function level(text: string): number {
  const value = Number(text)
  if (value > 0 && value < 1) return value
  throw new InvalidArgumentError('Wanted a share above 0 and below 1, such as 0.95.')
}

interface Compared {
  readonly comparison: SystemComparison
  /** What the metric's scores are shares of. */
  readonly best: number
}

function compareFiles(metric: OfferedMetric, files: readonly string[], flags: CompareFlags): Compared[] {
  const { kind } = metric
  const settings = metricSettings(metric, flags)
  if (kind.answers === 'label sets') {
    const { systems, references, labels } = readLabelSystems(files, flags)
    const own = kind.make({ ...settings, labels })
    return [{ comparison: compareSystems(own, files, systems, references, flags), best: own.best }]
  }
  const { systems, references } = readTextSystems(files, flags)
  return variantsFor(kind, settings, allReferences(references)).map(({ options }) => {
    const own = kind.make({ ...options, references: referenceCount(references) })
    return { comparison: compareSystems(own, files, systems, references, flags), best: own.best }
  })
}
