import { join } from 'node:path'
import type { ExampleStatistics } from '../metrics/example-statistics.ts'
import { rowCounts } from '../study/estimate.ts'
import { type MetricScores, type PredictionRow, type Scores, storedMetric } from '../study/evaluate.ts'
import { unfairnessOf } from '../study/fairness.ts'
import { readJsonLines } from '../study/jsonl.ts'
import type { StepKey } from '../study/keys.ts'
import type { Plan, PlannedChain } from '../study/plan.ts'
import type { Store } from '../study/store.ts'
import type { Chain, TableRequest } from '../study/study.ts'
import { type ArmStatistics, type Comparison, compareArms } from './comparison.ts'

/** A score that a table shows. */
export interface ScoreColumn {
  /** As the table calls it: `bleu`, `rougeL`, `chrf2.chrf`. */
  readonly name: string
  /** The metric's name within the task, and its score. */
  readonly metric: string
  readonly field: string
  /** The largest value it can have. */
  readonly best: number
  readonly signature: string
}

/** One seed's result of a chain. */
export interface SeedResult {
  readonly seed: number
  readonly scores: Readonly<Record<string, number>>
  /** Of the chain's lessons together. */
  readonly updates: number
  readonly seconds: number
  /** The step whose folder holds the answers and scores. */
  readonly evaluation: StepKey
}

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
  readonly updates: number
  readonly minutes: number
  /** The chain it is compared with, and how, on the table's first column. */
  readonly baseline: string | undefined
  readonly comparison: Comparison | undefined
  /** Published numbers by column. */
  readonly paper: Readonly<Record<string, number>>
}

/** A task's results: one row a chain. */
export interface TaskTable {
  readonly task: string
  readonly title: string
  /** Test rows. */
  readonly examples: number
  /** The deciding one first. */
  readonly columns: readonly ScoreColumn[]
  readonly rows: readonly TableRow[]
  /** What differs between the rows besides their start, one sentence each. */
  readonly differences: readonly string[]
  /** What is odd about the scores, one sentence each. */
  readonly warnings: readonly string[]
}

/** Collects the tables that a study asks for, or one a tested task, from the finished steps of the store. */
export async function taskTables(plan: Plan, store: Store): Promise<TaskTable[]> {
  const tables: TaskTable[] = []
  for (const request of tableRequests(plan)) {
    const table = await taskTable(request, plan, store)
    if (table !== undefined) tables.push(table)
  }
  return tables
}

/** The tables that a study asks for, or one for each task that a chain is tested on. */
export function tableRequests({ study, chains }: Plan): readonly TableRequest[] {
  if (study.tables.length > 0) return study.tables
  const tested = new Set(
    chains.flatMap(({ evaluations }) => evaluations.filter(({ own }) => own).map(({ task }) => task)),
  )
  return [...tested].map((task) => ({
    task,
    title: task,
    scores: undefined,
    rows: undefined,
    baseline: undefined,
    paper: new Map(),
  }))
}

interface Arm {
  readonly chain: Chain
  readonly planned: readonly PlannedChain[]
  readonly seeds: readonly SeedResult[]
  readonly statistics: ReadonlyMap<string, ArmStatistics>
}

async function taskTable(request: TableRequest, plan: Plan, store: Store): Promise<TaskTable | undefined> {
  const chains = [...new Set(plan.chains.map(({ chain }) => chain))].filter((chain) =>
    request.rows === undefined ? testsOf(plan, chain, request.task).length > 0 : request.rows.includes(chain.label),
  )
  const scores = new Map<StepKey, Scores>()
  for (const { key } of chains.flatMap((chain) => testsOf(plan, chain, request.task))) {
    if (store.isDone('evaluate', key)) scores.set(key, store.readJson('evaluate', key, 'scores.json') as Scores)
  }
  const [first] = scores.values()
  if (first === undefined) return undefined
  const columns = scoreColumns(first, request.scores)
  const arms: Arm[] = []
  for (const chain of chains) arms.push(await readArm(chain, request.task, columns, scores, plan, store))
  const comparisons = compare(arms, columns, first, request)
  return {
    task: request.task,
    title: request.title,
    examples: first.examples,
    columns,
    rows: arms.map((arm, index) => tableRow(arm, columns, request, comparisons[index])),
    differences: unfairnessOf(plan, request, rowCounts(plan, store)).map(({ sentence }) => sentence),
    warnings: [...new Set([...scores.values()].flatMap(({ metrics }) => metrics.flatMap(({ warnings }) => warnings)))],
  }
}

function testsOf(plan: Plan, chain: Chain, task: string) {
  return plan.chains
    .filter((planned) => planned.chain === chain)
    .flatMap((planned) => planned.evaluations.filter((test) => test.own && test.task === task))
}

const shownFields: Readonly<Record<string, readonly string[]>> = {
  rouge: ['rougeL', 'rouge1', 'rouge2'],
  labels: ['exact', 'macro_f1', 'samples_f1'],
}

/** @param wanted names of columns in order; every usual one by default */
function scoreColumns({ metrics }: Scores, wanted: readonly string[] | undefined): ScoreColumn[] {
  const all = metrics.flatMap((metric) => metric.fields.map((field) => columnOf(metric, field)))
  if (wanted === undefined) {
    return metrics.flatMap((metric) =>
      (shownFields[metric.metric] ?? metric.fields).map((field) => columnOf(metric, field)),
    )
  }
  return wanted.flatMap((name) => all.filter((column) => column.name === name))
}

function columnOf({ name, metric, fields, best, signature }: MetricScores, field: string): ScoreColumn {
  const own = fields.length === 1 ? name : name === metric ? field : `${name}.${field}`
  return { name: own, metric: name, field, best, signature }
}

async function readArm(
  chain: Chain,
  task: string,
  columns: readonly ScoreColumn[],
  scores: ReadonlyMap<StepKey, Scores>,
  plan: Plan,
  store: Store,
): Promise<Arm> {
  const planned = plan.chains.filter((one) => one.chain === chain)
  const seeds: SeedResult[] = []
  const statistics = new Map<string, ExampleStatistics[]>()
  const headline = columns[0]
  for (const one of planned) {
    const test = one.evaluations.find((evaluation) => evaluation.own && evaluation.task === task)
    const found = test && scores.get(test.key)
    if (test === undefined || found === undefined) continue
    seeds.push({ seed: one.seed, scores: scoresOf(found, columns), ...costOf(one, store), evaluation: test.key })
    if (headline === undefined) continue
    const rows = await readStatistics(join(store.folderOf('evaluate', test.key), 'predictions.jsonl'), headline.metric)
    statistics.set(headline.metric, [...(statistics.get(headline.metric) ?? []), rows])
  }
  return {
    chain,
    planned,
    seeds,
    statistics: new Map([...statistics].map(([metric, list]) => [metric, { seeds: list }])),
  }
}

function scoresOf({ metrics }: Scores, columns: readonly ScoreColumn[]): Record<string, number> {
  return Object.fromEntries(
    columns.map(({ name, metric, field }) => [
      name,
      metrics.find((one) => one.name === metric)?.scores[field] ?? Number.NaN,
    ]),
  )
}

/** Lessons of a start that is a chain itself are not the chain's own cost. */
function costOf({ chain, teach }: PlannedChain, store: Store): { updates: number; seconds: number } {
  let updates = 0
  let seconds = 0
  for (const [index, key] of teach.entries()) {
    if (chain.lessons[index]!.beforehand) continue
    const result = store.record('teach', key).result as { steps: number; seconds: number }
    updates += result.steps
    seconds += result.seconds
  }
  return { updates, seconds }
}

async function readStatistics(path: string, metric: string): Promise<ExampleStatistics> {
  const rows: (readonly number[])[] = []
  for await (const { statistics } of readJsonLines<PredictionRow>(path)) rows.push(statistics[metric] ?? [])
  const width = rows[0]?.length ?? 0
  return { rows: rows.length, width, values: Float64Array.from(rows.flat()) }
}

/** The fresh start of an arm: the same start, taught this task and nothing else. */
function baselineOf(arm: Arm, arms: readonly Arm[], { task, baseline }: TableRequest): Arm | undefined {
  if (baseline !== undefined) return arms.find(({ chain }) => chain.label === baseline)
  const fresh = arms.filter(({ chain }) => {
    const own = chain.lessons.filter(({ beforehand }) => !beforehand)
    return own.length === 1 && own[0]!.name === task
  })
  return fresh.find(({ chain }) => chain.startName === arm.chain.startName) ?? fresh[0]
}

function compare(
  arms: readonly Arm[],
  columns: readonly ScoreColumn[],
  scores: Scores,
  request: TableRequest,
): ({ baseline: string; comparison: Comparison } | undefined)[] {
  const [headline] = columns
  const metric = headline && scores.metrics.find(({ name }) => name === headline.metric)
  if (headline === undefined || metric === undefined) return arms.map(() => undefined)
  const pairs = arms.flatMap((arm) => {
    const baseline = baselineOf(arm, arms, request)
    const [of, to] = [arm.statistics.get(headline.metric), baseline?.statistics.get(headline.metric)]
    // Seeds are paired, so both arms must have finished the same ones.
    const paired =
      baseline !== undefined &&
      arm.seeds.map(({ seed }) => seed).join() === baseline.seeds.map(({ seed }) => seed).join()
    return baseline === undefined || baseline === arm || of === undefined || to === undefined || !paired
      ? []
      : [{ owner: arm, label: baseline.chain.label, arm: of, baseline: to }]
  })
  const found = compareArms(storedMetric(metric), pairs, { field: headline.field })
  return arms.map((arm) => {
    const index = pairs.findIndex(({ owner }) => owner === arm)
    return index === -1 ? undefined : { baseline: pairs[index]!.label, comparison: found[index]! }
  })
}

function tableRow(
  { chain, planned, seeds }: Arm,
  columns: readonly ScoreColumn[],
  request: TableRequest,
  compared: { baseline: string; comparison: Comparison } | undefined,
): TableRow {
  const finished = new Set(seeds.map(({ seed }) => seed))
  const values = (name: string): number[] => seeds.map(({ scores }) => scores[name]!)
  return {
    chain: chain.label,
    seeds,
    missing: planned.map(({ seed }) => seed).filter((seed) => !finished.has(seed)),
    mean: Object.fromEntries(columns.map(({ name }) => [name, mean(values(name))])),
    deviation:
      seeds.length < 2
        ? undefined
        : Object.fromEntries(columns.map(({ name }) => [name, standardDeviation(values(name))])),
    updates: mean(seeds.map(({ updates }) => updates)),
    minutes: mean(seeds.map(({ seconds }) => seconds)) / 60,
    baseline: compared?.baseline,
    comparison: compared?.comparison,
    paper: Object.fromEntries(request.paper.get(chain.label) ?? []),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of a sample: divided by n - 1. */
function standardDeviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}
