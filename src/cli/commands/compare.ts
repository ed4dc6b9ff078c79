import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { Fault } from '../../base/fault.ts'
import { bleuMetric } from '../../metrics/bleu.ts'
import { chrfMetric } from '../../metrics/chrf.ts'
import { exactMatchMetric } from '../../metrics/exact-match.ts'
import { labelsMetric } from '../../metrics/labels.ts'
import type { ExampleStatistics, Metric } from '../../metrics/metric.ts'
import { rougeMetric } from '../../metrics/rouge.ts'
import { smallestDetectableDifference } from '../../metrics/statistics/detectable-difference.ts'
import { holmCorrection } from '../../metrics/statistics/holm.ts'
import { type Interval, wilsonInterval } from '../../metrics/statistics/intervals.ts'
import { type McNemarTest, mcNemarTest } from '../../metrics/statistics/mcnemar.ts'
import { approximateRandomisation, bootstrapIntervals, pairedBootstrap } from '../../metrics/statistics/resampling.ts'
import { isChinese } from '../../metrics/text/chinese.ts'
import { readLabelSystems, readTextSystems } from '../input/read-systems.ts'
import {
  addMetricOptions,
  bleuOptions,
  checkMetricFlags,
  chrfOptions,
  type MetricFlags,
} from '../options/metric-options.ts'
import { wholeNumber } from '../options/option-values.ts'
import { columns } from '../print/column-lines.ts'

interface CompareFlags extends MetricFlags {
  readonly metric: 'bleu' | 'chrf' | 'rouge' | 'labels' | 'exact-match'
  readonly samples: number
  readonly resamples: number
  readonly seed: number
  readonly level: number
}

const metrics = ['bleu', 'chrf', 'rouge', 'labels', 'exact-match']

/** `reteach compare`: whether systems that answered the same examples differ. */
export function addCompareCommand(program: Command): void {
  const command = program
    .command('compare')
    .description('Test whether systems differ on the same examples; the first file is what the others are held against')
    .argument(
      '<files...>',
      'answers of two or more systems: .jsonl with a string, a list or an object a line, or lines',
    )
  addMetricOptions(command, metrics)
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
      checkMetricFlags(flags)
      if (files.length < 2) throw new Fault('Cannot compare one file: give the answers of at least two systems')
      const [first, ...beside] = compareFiles(files, flags)
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ ...first, ...(beside.length > 0 && { beside }) })}\n`)
        return
      }
      for (const comparison of [first!, ...beside]) {
        for (const line of comparisonLines(comparison)) process.stdout.write(`${line}\n`)
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

interface Comparison {
  readonly metric: string
  readonly signature: string
  readonly examples: number
  readonly level: number
  readonly samples: number
  readonly resamples: number
  readonly seed: number
  readonly systems: readonly { readonly file: string; readonly scores: Readonly<Record<string, SystemScore>> }[]
  readonly comparisons: readonly {
    readonly a: string
    readonly b: string
    readonly fields: Readonly<Record<string, Difference>>
  }[]
  readonly warnings?: readonly string[]
}

interface SystemScore extends Interval {
  readonly score: number
}

interface Difference extends Interval {
  /** Score of b less that of a. */
  readonly difference: number
  readonly standard_error: number
  readonly smallest_detectable_difference: number
  readonly approximate_randomisation: { readonly p: number }
  readonly paired_bootstrap: { readonly p: number }
  readonly mcnemar?: { readonly p: number; readonly only_a: number; readonly only_b: number }
  /** Of the deciding test, corrected over all systems. */
  readonly holm_p: number
}

function compareFiles(files: readonly string[], flags: CompareFlags): Comparison[] {
  if (flags.metric === 'labels') return [compareLabels(files, flags)]
  const { systems, references } = readTextSystems(files, flags)
  const compare = (metric: Metric) => compareSystems(metric, files, systems, references, flags)
  const options = { references: references.length }
  switch (flags.metric) {
    case 'bleu': {
      const chinese = flags.tokenize === undefined && isChinese(references.flat())
      const tokenizers = chinese ? (['zh', '13a'] as const) : [flags.tokenize ?? '13a']
      return tokenizers.map((tokenize) => compare(bleuMetric({ ...bleuOptions(flags, tokenize), ...options })))
    }
    case 'chrf':
      return [compare(chrfMetric({ ...chrfOptions(flags), ...options }))]
    case 'rouge':
      return [compare(rougeMetric({ stemmer: flags.stemmer ?? false, ...options }))]
    case 'exact-match':
      return [compare(exactMatchMetric({ lowercase: flags.lowercase ?? false, ...options }))]
  }
}

function compareLabels(files: readonly string[], flags: CompareFlags): Comparison {
  const { systems, references, labels } = readLabelSystems(files, flags)
  const metric = labelsMetric({ labels, zeroDivision: flags.zeroDivision ?? 0 })
  return compareSystems(metric, files, systems, references, flags)
}

function compareSystems<Answer>(
  metric: Metric<Answer>,
  files: readonly string[],
  systems: readonly (readonly Answer[])[],
  references: readonly (readonly Answer[])[],
  flags: CompareFlags,
): Comparison {
  const { samples, resamples, seed, level } = flags
  const statistics = systems.map((answers) => metric.statistics(answers, ...references))
  const [a, ...others] = statistics
  const differences = others.map((b) => differencesOf(metric, a!, b, flags))
  const corrected = Object.fromEntries(
    metric.fields.map((field) => [field, holmCorrection(differences.map((fields) => fields[field]!.deciding))]),
  )
  const warnings = [...new Set(systems.flatMap((answers) => metric.warnings(answers, ...references)))]
  return {
    metric: metric.name,
    signature: metric.signature,
    examples: a!.rows,
    level,
    samples,
    resamples,
    seed,
    systems: statistics.map((one, i) => ({ file: files[i]!, scores: scoresOf(metric, one, flags) })),
    comparisons: differences.map((fields, i) => ({
      a: files[0]!,
      b: files[i + 1]!,
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, { deciding: _, ...difference }]) => [
          field,
          { ...difference, holm_p: corrected[field]![i]! },
        ]),
      ),
    })),
    ...(warnings.length > 0 && { warnings }),
  }
}

function scoresOf<Answer>(
  metric: Metric<Answer>,
  statistics: ExampleStatistics,
  { resamples, seed, level }: CompareFlags,
): Record<string, SystemScore> {
  const scores = metric.score(statistics)
  const intervals = bootstrapIntervals(metric, statistics, { samples: resamples, seed, level })
  return Object.fromEntries(
    metric.fields.map((field) => {
      const score = scores[field]!
      const { low, high } =
        field === 'exact'
          ? wilsonInterval(Math.round(score * statistics.rows), statistics.rows, level)
          : intervals[field]!
      return [field, { score, low, high }]
    }),
  )
}

function differencesOf<Answer>(
  metric: Metric<Answer>,
  a: ExampleStatistics,
  b: ExampleStatistics,
  { samples, resamples, seed, level }: CompareFlags,
): Record<string, Omit<Difference, 'holm_p'> & { readonly deciding: number }> {
  const bootstrap = pairedBootstrap(metric, a, b, { samples: resamples, seed, level })
  const randomisation = approximateRandomisation(metric, a, b, { samples, seed })
  return Object.fromEntries(
    metric.fields.map((field) => {
      const { difference: interval, standardError, p } = bootstrap[field]!
      const mcnemar = field === 'exact' ? mcNemarTest(exactRows(metric, a), exactRows(metric, b)) : undefined
      return [
        field,
        {
          difference: randomisation[field]!.difference,
          low: interval.low,
          high: interval.high,
          standard_error: standardError,
          smallest_detectable_difference: smallestDetectableDifference(standardError, 1 - level),
          approximate_randomisation: { p: randomisation[field]!.p },
          paired_bootstrap: { p },
          ...(mcnemar !== undefined && { mcnemar: mcnemarJson(mcnemar) }),
          deciding: mcnemar?.p ?? randomisation[field]!.p,
        },
      ]
    }),
  )
}

function exactRows<Answer>(metric: Metric<Answer>, statistics: ExampleStatistics): Float64Array {
  return Float64Array.from({ length: statistics.rows }, (_, row) => metric.score(statistics, [row]).exact!)
}

function mcnemarJson({ p, onlyA, onlyB }: McNemarTest) {
  return { p, only_a: onlyA, only_b: onlyB }
}

function comparisonLines(result: Comparison): string[] {
  const { systems, comparisons, metric, examples } = result
  const digits = metric === 'bleu' || metric === 'chrf' ? 2 : 4
  const show = (value: number) => value.toFixed(digits)
  const range = ({ low, high }: Interval) => `${show(low)} to ${show(high)}`
  const coverage = `${Number((100 * result.level).toFixed(4))} % interval`
  const lines = [
    `${metric}, ${examples} examples, ${result.signature}`,
    '',
    ...columns([
      ['', 'score', 'value', coverage],
      ...systems.flatMap(({ file, scores }) =>
        Object.entries(scores).map(([field, score], i) => [
          i === 0 ? file : '',
          field,
          show(score.score),
          range(score),
        ]),
      ),
    ]),
  ]
  for (const { a, b, fields } of comparisons) {
    lines.push('', `${b} against ${a}`)
    const hasMcNemar = Object.values(fields).some(({ mcnemar }) => mcnemar !== undefined)
    lines.push(
      ...columns([
        [
          '',
          'difference',
          coverage,
          'randomisation p',
          'bootstrap p',
          ...(hasMcNemar ? ['McNemar p'] : []),
          'Holm p',
          'detectable from',
        ],
        ...Object.entries(fields).map(([field, found]) => [
          field,
          `${found.difference < 0 ? '' : '+'}${show(found.difference)}`,
          range(found),
          pText(found.approximate_randomisation.p),
          pText(found.paired_bootstrap.p),
          ...(hasMcNemar ? [found.mcnemar === undefined ? '' : pText(found.mcnemar.p)] : []),
          pText(found.holm_p),
          show(found.smallest_detectable_difference),
        ]),
      ]),
    )
    for (const [field, found] of Object.entries(fields)) lines.push(verdict(field, found, result.level, show))
  }
  return [...lines, '']
}

function verdict(field: string, found: Difference, level: number, show: (value: number) => string): string {
  if (found.holm_p < 1 - level) {
    return `${field}: the second is ${found.difference < 0 ? 'lower' : 'higher'} (p ${pRelation(found.holm_p)})`
  }
  if (found.standard_error === 0) return `${field}: the answers score alike`
  const least = show(found.smallest_detectable_difference)
  return `${field}: not separable with these examples (p ${pRelation(found.holm_p)}); differences from ${least} on would mostly be found`
}

function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4)
}

function pRelation(p: number): string {
  return p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`
}
