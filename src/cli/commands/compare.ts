import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageFault } from '../../base/fault.ts'
import { allReferences, referenceCount } from '../../metrics/example-statistics.ts'
import type { Metric, MetricKind } from '../../metrics/metric.ts'
import { metricKinds, variantsFor } from '../../metrics/registry.ts'
import { compareSeededSystems } from '../../metrics/statistics/compare-seeded-systems.ts'
import { type CompareOptions, compareSystems } from '../../metrics/statistics/compare-systems.ts'
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
import { checkSystems, type NamedSystem, systemOption } from '../options/system-option.ts'
import { comparisonLines, seededComparisonLines } from '../print/comparison-lines.ts'
import { printLines } from '../print/print-lines.ts'

interface CompareFlags extends MetricFlags, Omit<CompareOptions, 'resamples'> {
  readonly resamples?: number
  readonly system?: readonly NamedSystem[]
}

/** Rounds of the bootstrap: sacreBLEU's, and those with which the p of systems with seeds is known to a tenth of itself. */
const resamples = { files: 1000, systems: 10_000 }

/** Of which a p of one in a million is known to a third of itself; each round is a number in memory. */
const mostRounds = 10_000_000

/** `reteach compare`: whether systems that answered the same examples differ. */
export function addCompareCommand(program: Command, kinds: readonly MetricKind[] = metricKinds): void {
  const offered = offeredMetrics(kinds).filter(({ single }) => !single)
  const command = program
    .command('compare')
    .description('Test whether systems differ on the same examples; the others are held against the first')
    .argument(
      '[files...]',
      'answers of two or more systems: .jsonl with a string, a list or an object a line, or lines',
    )
  addMetricOptions(command, offered)
    .option(
      '--system <name=files>',
      'a system and its answers, a file a seed, with commas between; again for each',
      systemOption,
    )
    .addOption(
      new Option('--samples <n>', 'rounds of approximate randomisation, of files')
        .argParser(wholeNumber(1, mostRounds))
        .default(10_000)
        .conflicts('system'),
    )
    .option(
      '--resamples <n>',
      `rounds of the bootstrap (default: ${resamples.files}, of systems with seeds ${resamples.systems})`,
      wholeNumber(1, mostRounds),
    )
    .option('--seed <n>', 'of both', wholeNumber(0), 12345)
    .option('--level <share>', 'coverage of the intervals', level, 0.95)
    .addHelpText(
      'after',
      `
With --system one test takes seeds and examples both as samples: how sure it is that one way of teaching is better than
another. With a file for each system it is about these answers alone: every test is paired and two-sided, but for
sacreBLEU's p of the bootstrap, which is one-sided by its construction and given beside the two-sided one. McNemar's exact
test decides about exact answers, approximate randomisation about every other score. With more than two systems p-values
are corrected after Holm.

Examples:
  $ reteach compare --metric rouge --system fresh=f1.jsonl,f2.jsonl,f3.jsonl --system twice=t1.jsonl,t2.jsonl,t3.jsonl
  $ reteach compare fresh.jsonl twice.jsonl --metric rouge
  $ reteach compare fresh.txt twice.txt mixed.txt --metric bleu --references test.en --json`,
    )
    .action((files: readonly string[], flags: CompareFlags) => {
      checkMetricFlags(flags, offered)
      const metric = offeredMetric(flags, offered)
      if (flags.system !== undefined) {
        if (files.length > 0)
          throw new UsageFault('Cannot compare files and --system at once: give every system by --system')
        checkSystems(flags.system)
        refuseFewRounds(flags, resamples.systems)
        print(compareNamed(metric, flags.system, flags), seededComparisonLines, metric, flags)
        return
      }
      refuseFewRounds(flags, resamples.files)
      if (files.length < 2) {
        const what = files.length === 0 ? 'without a file of answers' : `"${files[0]}" alone`
        throw new UsageFault(`Cannot compare ${what}: give the answers of at least two systems`)
      }
      print(compareFiles(metric, files, flags), comparisonLines, metric, flags)
    })
}

function print<Result extends { readonly warnings?: readonly string[] }>(
  found: readonly Compared<Result>[],
  linesOf: (result: Result, words: { best: number; lowIsBetter?: readonly string[] | undefined }) => readonly string[],
  { kind: { lowIsBetter } }: OfferedMetric,
  { json }: CompareFlags,
): void {
  const [first, ...beside] = found.map(({ result }) => result)
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...first, ...(beside.length > 0 && { beside }) })}\n`)
    return
  }
  for (const { result, best } of found) {
    printLines(linesOf(result, { best, lowIsBetter }))
  }
  for (const warning of new Set([first!, ...beside].flatMap(({ warnings = [] }) => warnings))) {
    process.stderr.write(`Warning: ${warning}\n`)
  }
}

/** The ends of an interval are the outermost rounds that are left once those beyond it are taken away, one a side at least. */
function refuseFewRounds({ level, resamples: given }: CompareFlags, usual: number): void {
  const rounds = given ?? usual
  const least = Math.ceil(2 / (1 - level) - 1e-6)
  if (rounds >= least) return
  throw new UsageFault(
    `Cannot make an interval of level ${level} from ${rounds} rounds of the bootstrap: give --resamples ${least} or more`,
  )
}

function level(text: string): number {
  const value = Number(text)
  if (value > 0 && value < 1) return value
  throw new InvalidArgumentError('Wanted a share above 0 and below 1, such as 0.95.')
}

interface Compared<Result> {
  readonly result: Result
  /** What the metric's scores are shares of. */
  readonly best: number
}

function compareFiles(metric: OfferedMetric, files: readonly string[], flags: CompareFlags) {
  const options = { ...flags, resamples: flags.resamples ?? resamples.files }
  return eachMetric(metric, files, flags, (own, systems, references) =>
    compareSystems(own, files, systems, references, options),
  )
}

function compareNamed(metric: OfferedMetric, systems: readonly NamedSystem[], flags: CompareFlags) {
  const options = { ...flags, resamples: flags.resamples ?? resamples.systems }
  const files = systems.flatMap((system) => system.files)
  const withSeeds = <Answer>(answers: readonly (readonly Answer[])[]) =>
    systems.map((system, at) => {
      const before = systems.slice(0, at).reduce((sum, one) => sum + one.files.length, 0)
      return { ...system, seeds: answers.slice(before, before + system.files.length) }
    })
  return eachMetric(metric, files, flags, (own, answers, references) =>
    compareSeededSystems(own, withSeeds(answers), references, options),
  )
}

type Compare<Result> = <Answer>(
  own: Metric<Answer>,
  systems: readonly (readonly Answer[])[],
  references: readonly (readonly Answer[])[],
) => Result

/** Reads the files and compares them by the metric, and by its variants where their texts ask for some. */
function eachMetric<Result>(
  metric: OfferedMetric,
  files: readonly string[],
  flags: CompareFlags,
  compare: Compare<Result>,
): Compared<Result>[] {
  const { kind } = metric
  const settings = metricSettings(metric, flags)
  if (kind.answers === 'label sets') {
    const { systems, references, labels } = readLabelSystems(files, flags)
    const own = kind.make({ ...settings, labels })
    return [{ result: compare(own, systems, references), best: own.best }]
  }
  const { systems, references } = readTextSystems(files, flags)
  return variantsFor(kind, settings, allReferences(references)).map(({ options }) => {
    const own = kind.make({ ...options, references: referenceCount(references) })
    return { result: compare(own, systems, references), best: own.best }
  })
}
