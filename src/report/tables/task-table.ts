import { given, refuseArguments } from '../../base/fault.ts'
import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import { type Interval, tInterval } from '../../metrics/statistics/intervals.ts'
import { mean } from '../../metrics/statistics/mean.ts'
import { rowCounts } from '../../study/plan/estimate.ts'
import { unfairnessOf } from '../../study/plan/fairness.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import type { TableRequest } from '../../study/study.ts'
import {
  type Arm,
  type Arms,
  readArms,
  type ScoreColumn,
  type SeedResult,
  type Splits,
  tableRequests,
} from '../results/arms.ts'
import { baselinePairs, type ComparedArms } from '../results/compared-arms.ts'
import { devicesOf } from '../results/devices-of.ts'
import type { Floor, FloorTest } from '../results/floor.ts'
import { labelOutcomes } from '../results/label-outcomes.ts'
import { leakedCount, rowsWithout } from '../results/leaked-rows.ts'
import { oddNumbers } from '../results/odd-numbers.ts'
import { repeatedModelNotes } from '../results/repeated-models.ts'
import { type RowHealth, rowHealth, type SwappedPrefix } from '../results/row-health.ts'
import { resultsKind, type StudyResults, studyResults } from '../results/study-results.ts'
import { trimmedLessons } from '../results/trimmed-lessons.ts'
import type { PrintedNames } from '../words/printed-name.ts'
import type { LabelTable } from './label-table.ts'
import { trimmedScores } from './trimmed-scores.ts'

export interface TableRow {
  readonly chain: string
  /** Finished seeds. */
  readonly seeds: readonly SeedResult[]
  /** Seeds that are not finished. */
  readonly missing: readonly number[]
  /** Mean over seeds, by column. */
  readonly mean: Readonly<Record<string, number>>
  /** Standard deviation over seeds; absent with one seed. */
  readonly deviation: Readonly<Record<string, number>> | undefined
  /** The mean's 95 % t interval over seeds, by column; absent with one seed. */
  readonly interval: Readonly<Record<string, Interval>> | undefined
  readonly updates: number
  /** Updates had no lesson stopped early; absent where none did. */
  readonly plannedUpdates?: number
  readonly minutes: number
  /** The chain it is compared with, and how, on the table's first column. */
  readonly baseline: string | undefined
  readonly comparison: Comparison | undefined
  /** Whether it is better than what needs no learning, on the table's first column; absent where that cannot be tested. */
  readonly floor?: FloorTest
  /** Test rows that the chain's lessons have taught; absent where the rows are not there to compare. */
  readonly leaked: RowLeaks | undefined
  /** What is wrong with its answers, or why there are none. */
  readonly health: readonly RowHealth[]
  /** Where a mixture was taught last: its answers under the prefixes of the mixture's other tasks. */
  readonly prefixes: readonly SwappedPrefix[]
  /** Published numbers by column. */
  readonly paper: Readonly<Record<string, number>>
}

export interface RowLeaks {
  /** The most that a seed has: splits differ. */
  readonly rows: number
  /** Of these, rows whose source is exactly one of a lesson; the most that a seed has. */
  readonly exact: number
  /** Scores without them, by column: the mean over seeds. */
  readonly mean: Readonly<Record<string, number>>
  /** Each finished seed's, in order. */
  readonly seeds: readonly SeedLeaks[]
}

/** A task's results: one row a chain. */
export interface TaskTable {
  readonly task: string
  readonly title: string
  /** What chains and scores are called where the table is printed, if not by their names. */
  readonly names?: PrintedNames
  /** Test rows; of several splits those of one. */
  readonly examples: number
  /** Where every seed has a division of the task's rows of its own. */
  readonly splits?: Splits
  /** The deciding one first. */
  readonly columns: readonly ScoreColumn[]
  readonly rows: readonly TableRow[]
  /** What answers score that no learning was needed for. */
  readonly floors: readonly Floor[]
  /** What differs between the rows besides their start, one sentence each. */
  readonly differences: readonly string[]
  /** What is odd about the scores, one sentence each. */
  readonly warnings: readonly string[]
  /** What else to know of the numbers: on what they were computed, why some are right that look wrong. One sentence each. */
  readonly notes: readonly string[]
  /** Of a task with labels: what has come of each label. */
  readonly labels?: LabelTable
}

/** Of functions of the library. */
export const tableKind = given('one of the tables that taskTables() gives', 'task', 'columns', 'rows', 'floors')

/** Collects the tables that a study asks for, or one a tested task, from the finished steps of the store. */
export async function taskTables(plan: Plan, store: Store, results = studyResults(plan, store)): Promise<TaskTable[]> {
  refuseArguments({ results }, { results: resultsKind })
  const tables: TaskTable[] = []
  for (const request of tableRequests(plan)) {
    const table = await taskTable(request, results)
    if (table !== undefined) tables.push(table)
  }
  return tables
}

async function taskTable(request: TableRequest, results: StudyResults): Promise<TaskTable | undefined> {
  const { plan, store } = results
  const found = readArms(request, results)
  if (found === undefined) return undefined
  const comparisons = await compareWithBaselines(found, request, results.comparisons)
  const rows: TableRow[] = []
  for (const [index, arm] of found.arms.entries()) {
    const leaked = await leaksOf(arm, found, results)
    const health = rowHealth(arm, request.task, results)
    const floor = await results.floors.test(arm, found)
    rows.push({
      ...(floor && { floor }),
      ...tableRow(arm, found, request, comparisons[index], leaked),
      ...health,
    })
  }
  const labels = await labelTable(found, results)
  return {
    ...(labels && { labels }),
    task: request.task,
    title: request.title,
    ...(plan.study.report.names.size > 0 && { names: Object.fromEntries(plan.study.report.names) }),
    examples: found.examples,
    ...(found.splits && { splits: found.splits }),
    columns: found.columns,
    rows,
    floors: await results.floors.find(found),
    differences: unfairnessOf(plan, request, rowCounts(plan, store)).map(({ sentence }) => sentence),
    warnings: found.warnings,
    // They are told of the test rows, and splits have other ones each.
    notes: [
      ...repeatedModelNotes(found.arms, store),
      ...devicesOf(found, results),
      ...trimmedLessons(found, results),
      ...trimmedScores(found, plan),
      ...(found.splits !== undefined
        ? []
        : oddNumbers(
            found.columns,
            await results.floors.testRows(found),
            rows.flatMap(({ leaked }) => leaked ?? []),
          )),
    ],
  }
}

async function labelTable({ task, arms }: Arms, { plan, store }: StudyResults): Promise<LabelTable | undefined> {
  const own = plan.study.tasks.get(task)
  if (own?.texts.kind !== 'labels') return undefined
  const chains = []
  for (const arm of arms) chains.push((await labelOutcomes(arm, own, store)) ?? [])
  return { classes: own.texts.labels.classes, chains: chains.flat() }
}

/** Each arm against its fresh start on the first column. */
async function compareWithBaselines(
  found: Arms,
  request: TableRequest,
  comparisons: ComparedArms,
): Promise<({ baseline: string; comparison: Comparison } | undefined)[]> {
  const pairs = baselinePairs(found.arms, request)
  const compared = await comparisons.compare(found, pairs)
  return found.arms.map((arm) => {
    const index = pairs.findIndex((pair) => pair.arm === arm)
    const comparison = compared[index]
    return comparison && { baseline: pairs[index]!.baseline.chain.label, comparison }
  })
}

async function leaksOf({ seeds }: Arm, arms: Arms, results: StudyResults): Promise<RowLeaks | undefined> {
  if (seeds.length === 0) return undefined
  const found: SeedLeaks[] = []
  for (const seed of seeds) {
    const leaks = await leaksOfSeed(seed, arms, results)
    if (leaks === undefined) return undefined
    found.push(leaks)
  }
  return {
    rows: Math.max(...found.map(({ rows }) => rows)),
    exact: Math.max(...found.map(({ exact }) => exact)),
    mean: Object.fromEntries(arms.columns.map(({ name }) => [name, mean(found.map(({ scores }) => scores[name]!))])),
    seeds: found,
  }
}

interface SeedLeaks {
  readonly rows: number
  readonly exact: number
  readonly scores: Readonly<Record<string, number>>
}

async function leaksOfSeed(
  seed: SeedResult,
  { columns, metrics, examples }: Arms,
  { plan, evaluations, leaks }: StudyResults,
): Promise<SeedLeaks | undefined> {
  const test = plan.steps.get(seed.evaluation)
  const leaked = test?.kind === 'evaluate' ? await leaks.find(test.data, seed.lessons) : undefined
  if (leaked === undefined) return undefined
  const count = leakedCount(leaked)
  if (count === 0) return { rows: 0, exact: 0, scores: seed.scores }
  const statistics = await evaluations.statistics(seed.evaluation)
  const scores = columns.map(({ name, metric, field }) => {
    const rows = statistics.get(metric)
    const kept = rowsWithout(leaked, rows?.rows ?? examples)
    const scored = kept.length === 0 || rows === undefined ? {} : metrics.get(metric)!.score(rows, kept)
    return [name, scored[field] ?? Number.NaN]
  })
  return { rows: count, exact: leaked.exact.length, scores: Object.fromEntries(scores) }
}

function tableRow(
  { chain, seeds, missing }: Arm,
  { columns, splits }: Arms,
  request: TableRequest,
  compared: { baseline: string; comparison: Comparison } | undefined,
  leaked: RowLeaks | undefined,
): Omit<TableRow, 'health' | 'prefixes'> {
  const byColumn = <T>(of: (values: readonly number[]) => T): Record<string, T> =>
    Object.fromEntries(columns.map(({ name }) => [name, of(seeds.map(({ scores }) => scores[name]!))]))
  return {
    chain: chain.label,
    seeds,
    missing,
    mean: byColumn(mean),
    deviation: seeds.length < 2 ? undefined : byColumn((values) => tInterval(values).standardDeviation),
    interval:
      seeds.length < 2
        ? undefined
        : byColumn((values) => {
            const { low, high } = tInterval(values, 0.95, splits?.overlap)
            return { low, high }
          }),
    updates: mean(seeds.map(({ updates }) => updates)),
    ...(seeds.some(({ plannedUpdates }) => plannedUpdates !== undefined)
      ? { plannedUpdates: mean(seeds.map(({ updates, plannedUpdates = updates }) => plannedUpdates)) }
      : {}),
    minutes: mean(seeds.map(({ seconds }) => seconds)) / 60,
    baseline: compared?.baseline,
    comparison: compared?.comparison,
    leaked,
    paper: Object.fromEntries(request.paper.get(chain.label) ?? []),
  }
}
