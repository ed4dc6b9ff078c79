import type { ExampleStatistics, Metric } from '../metric.ts'
import { type Comparison, correctComparisons } from './compare-arms.ts'
import { crossedTest } from './crossed-test.ts'
import type { Interval } from './intervals.ts'
import { mean } from './mean.ts'

/** Systems with several seeds on the same examples, as `compare --system --json` prints them. */
export interface SeededComparison {
  readonly metric: string
  readonly signature: string
  readonly rows: number
  readonly level: number
  readonly resamples: number
  readonly seed: number
  readonly systems: readonly SeededScores[]
  /** Every system but the first against the first, on the metric's first score; `fields` has all of its scores. */
  readonly comparisons: readonly SeededSystemDifference[]
  readonly warnings?: readonly string[]
}

/** A system's scores by name: the mean, and each seed's in the order of its files. */
export interface SeededScores {
  readonly system: string
  readonly files: readonly string[]
  readonly scores: Readonly<Record<string, { readonly mean: number; readonly seeds: readonly number[] }>>
}

export interface SeededSystemDifference extends SeededDifference {
  readonly system: string
  readonly baseline: string
  readonly score: string
  /** Of the one that has fewer. */
  readonly seeds: number
  readonly system_seeds: number
  readonly baseline_seeds: number
  readonly rows: number
  readonly fields: Readonly<Record<string, SeededDifference>>
}

/** What is not known is `null`. */
export interface SeededDifference {
  /** Mean over seeds of the system less that of the baseline. */
  readonly difference: number
  readonly interval: Interval
  /** Corrected by Holm over all systems; with one seed it speaks of these rows alone. */
  readonly p: number
  readonly uncorrected_p: number
  /** `null` with one seed. */
  readonly df: number | null
  /** Whether the systems differ, whatever the seed; never with one. */
  readonly separable: boolean
  /** Whether p is below the level, on these rows with these seeds. */
  readonly differs: boolean
  readonly standard_error: number
  /** `null` where the rows are too few for any, or the systems score alike in every drawing. */
  readonly smallest_detectable_difference: number | null
}

/** A system's answers, seed by seed, to the same examples. */
export interface SeededSystem<Answer> {
  readonly name: string
  readonly files: readonly string[]
  readonly seeds: readonly (readonly Answer[])[]
}

/** How the test is made. */
export interface SeededOptions {
  readonly resamples: number
  readonly seed: number
  readonly level: number
}

/** Holds systems with several seeds against the first one, score by score, by the crossed test. */
export function compareSeededSystems<Answer>(
  metric: Metric<Answer>,
  systems: readonly SeededSystem<Answer>[],
  references: readonly (readonly Answer[])[],
  { resamples, seed, level }: SeededOptions,
): SeededComparison {
  const statistics = systems.map(({ seeds }) => seeds.map((answers) => metric.statistics(answers, ...references)))
  const [baseline, ...others] = statistics
  const { rows } = baseline![0]!
  const byField = metric.fields.map((field) => {
    const raw = others.map((of) => crossedTest(metric, of, baseline!, { field, samples: resamples, seed, level }))
    return [field, correctComparisons(raw, 1 - level)] as const
  })
  const answers = systems.flatMap(({ seeds }) => seeds)
  const warnings = [...new Set(answers.flatMap((one) => metric.warnings(one, ...references)))]
  return {
    metric: metric.name,
    signature: metric.signature,
    rows,
    level,
    resamples,
    seed,
    systems: systems.map(({ name, files }, at) => ({ system: name, files, scores: scoresOf(metric, statistics[at]!) })),
    comparisons: others.map((of, at) => {
      const fields = Object.fromEntries(byField.map(([field, found]) => [field, differenceJson(found[at]!)]))
      const score = metric.fields[0]!
      const [ofSystem, ofBaseline] = [of.length, baseline!.length]
      return {
        system: systems[at + 1]!.name,
        baseline: systems[0]!.name,
        score,
        ...fields[score]!,
        seeds: Math.min(ofSystem, ofBaseline),
        system_seeds: ofSystem,
        baseline_seeds: ofBaseline,
        rows,
        fields,
      }
    }),
    ...(warnings.length > 0 && { warnings }),
  }
}

function scoresOf<Answer>(metric: Metric<Answer>, seeds: readonly ExampleStatistics[]): SeededScores['scores'] {
  const scores = seeds.map((one) => metric.score(one))
  return Object.fromEntries(
    metric.fields.map((field) => {
      const ofSeeds = scores.map((score) => score[field]!)
      return [field, { mean: mean(ofSeeds), seeds: ofSeeds }]
    }),
  )
}

function differenceJson(found: Comparison): SeededDifference {
  return {
    difference: found.difference,
    interval: found.interval,
    p: found.p,
    uncorrected_p: found.uncorrected,
    df: found.df ?? null,
    separable: found.separable,
    differs: found.differs,
    standard_error: found.standardError,
    smallest_detectable_difference: Number.isFinite(found.detectable) ? found.detectable : null,
  }
}
