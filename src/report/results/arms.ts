import type { Metric } from '../../metrics/metric.ts'
import { isLowBetter, metricByName } from '../../metrics/registry.ts'
import { mean } from '../../metrics/statistics/mean.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan, PlannedChain } from '../../study/plan/plan.ts'
import { scoreName, usualFields } from '../../study/score-names.ts'
import { shownName } from '../../study/shown-name.ts'
import type { MetricScores, Scores } from '../../study/steps/score-answers.ts'
import type { Store } from '../../study/store/store.ts'
import type { Chain, ChainLesson, TableRequest } from '../../study/study.ts'
import type { Evaluations } from './evaluations.ts'
import { scoreWarnings } from './score-warnings.ts'

/** A score that a table shows. */
export interface ScoreColumn {
  /** As the table calls it: `bleu`, `rougeL`, `chrf2.chrf`. */
  readonly name: string
  /** The metric's name within the task, and its score. */
  readonly metric: string
  readonly field: string
  /** What it is a share of, as its metric has it. */
  readonly best: number
  /** Where less is better. */
  readonly lowIsBetter?: true
  readonly signature: string
}

/** One seed's result of a chain. */
export interface SeedResult {
  readonly seed: number
  readonly scores: Readonly<Record<string, number>>
  /** Of the chain's lessons together. */
  readonly updates: number
  /** The same, had no lesson stopped early; absent where none did. */
  readonly plannedUpdates?: number
  readonly seconds: number
  /** The step whose folder holds the answers and scores. */
  readonly evaluation: StepKey
  /** The steps whose folders hold what the lessons left, in order. */
  readonly lessons: readonly StepKey[]
}

/** A chain with its finished seeds on one task. */
export interface Arm {
  readonly chain: Chain
  readonly planned: readonly PlannedChain[]
  readonly seeds: readonly SeedResult[]
  /** Seeds that are not finished. */
  readonly missing: readonly number[]
}

/** The chains that a table compares. */
export interface Arms {
  readonly task: string
  /** The deciding one first. */
  readonly columns: readonly ScoreColumn[]
  /** By name within the task. */
  readonly metrics: ReadonlyMap<string, Metric<never>>
  /** Test rows; of several splits those of one. */
  readonly examples: number
  /** Where the task's rows are divided several times, so that every seed has training and test rows of its own. */
  readonly splits?: Splits
  readonly arms: readonly Arm[]
  /** What is odd about the scores, one sentence each. */
  readonly warnings: readonly string[]
}

/** Several divisions of one data set. */
export interface Splits {
  readonly count: number
  /** Test rows of a division divided by its training rows: what the divisions share by the test that compares arms. */
  readonly overlap: number
}

/** The tables that a study asks for, or one for each task that a chain is tested on. */
export function tableRequests({ study, chains }: Plan): readonly TableRequest[] {
  if (study.tables.length > 0) return study.tables
  return testedTasks(chains).map((task) => ({
    task,
    title: shownName(study, task),
    scores: undefined,
    rows: undefined,
    baseline: undefined,
    paper: new Map(),
  }))
}

/** One request for each tested task with all of its chains; scores and baseline are those of its first table. */
export function taskRequests({ study, chains }: Plan): readonly TableRequest[] {
  return testedTasks(chains).map((task) => {
    const table = study.tables.find((one) => one.task === task)
    return {
      task,
      title: shownName(study, task),
      scores: table?.scores,
      rows: undefined,
      baseline: table?.baseline,
      paper: new Map(),
    }
  })
}

function testedTasks(chains: Plan['chains']): string[] {
  return [...new Set(chains.flatMap(({ evaluations }) => evaluations.filter(({ own }) => own).map(({ task }) => task)))]
}

/** What arms are read from: a study's results without what is made of arms. */
interface FinishedSteps {
  readonly plan: Plan
  readonly store: Store
  readonly evaluations: Evaluations
}

/** Collects the arms of a table from the finished steps of the store; `undefined` when none of them is finished. */
export function readArms(request: TableRequest, results: FinishedSteps): Arms | undefined {
  const { plan, evaluations } = results
  const { task } = request
  const chains = [...new Set(plan.chains.map(({ chain }) => chain))].filter((chain) =>
    request.rows === undefined
      ? plan.chains.some((one) => one.chain === chain && ownTest(one, task) !== undefined)
      : request.rows.includes(chain.label),
  )
  const tests = plan.chains
    .filter(({ chain }) => chains.includes(chain))
    .flatMap((planned) => {
      const test = ownTest(planned, task)
      const scores = test && evaluations.scores(test.key)
      return scores === undefined ? [] : [{ planned, scores }]
    })
  const first = tests[0]?.scores
  if (first === undefined) return undefined
  const columns = scoreColumns(first, request.scores)
  const splits = splitsOf(task, results)
  return {
    ...(splits && { splits }),
    task,
    columns,
    metrics: new Map(first.metrics.map(({ name, metric, options }) => [name, metricByName(metric, options)])),
    examples: first.examples,
    arms: chains.map((chain) => readArm(chain, task, columns, results)),
    warnings: scoreWarnings(
      tests.map(({ planned: { chain, seed }, scores: { metrics } }) => ({
        chain: shownName(plan.study, chain.label),
        seed,
        warnings: metrics.flatMap(({ warnings }) => warnings),
      })),
    ),
  }
}

/** Of the divisions whose rows are there, the mean of their shares. */
export function splitsOf(task: string, { plan, store }: FinishedSteps): Splits | undefined {
  const count = plan.study.tasks.get(task)?.data.splits?.size
  if (count === undefined) return undefined
  const shares = [...plan.steps.values()].flatMap((step) => {
    if (step.kind !== 'prepare' || step.mixture !== undefined || step.task.name !== task) return []
    if (!store.isDone('prepare', step.key)) return []
    const { train = 0, test = 0 } = store.soundResult('prepare', step.key)?.rows ?? {}
    return train === 0 || test === 0 ? [] : [test / train]
  })
  // Where nothing says how they overlap, they are taken to share as much as they can.
  const overlap = shares.length === 0 ? 1 : mean(shares)
  return { count, overlap }
}

/** The `evaluate` step of a chain's last checkpoint on a task that the chain is made for. */
export function ownTest({ evaluations }: PlannedChain, task: string): PlannedChain['evaluations'][number] | undefined {
  return evaluations.find((test) => test.own && test.task === task)
}

function readArm(
  chain: Chain,
  task: string,
  columns: readonly ScoreColumn[],
  { plan, store, evaluations }: FinishedSteps,
): Arm {
  const planned = plan.chains.filter((one) => one.chain === chain)
  const seeds = planned.flatMap((one): SeedResult[] => {
    const evaluation = ownTest(one, task)?.key
    const scores = evaluation && evaluations.scores(evaluation)
    if (evaluation === undefined || scores === undefined) return []
    const totals = lessonTotals(one, store)
    if (totals === undefined) return []
    const shown = scoresOf(scores, columns)
    return [{ seed: one.seed, scores: shown, ...totals, evaluation, lessons: one.teach }]
  })
  const finished = new Set(seeds.map(({ seed }) => seed))
  return { chain, planned, seeds, missing: planned.map(({ seed }) => seed).filter((seed) => !finished.has(seed)) }
}

/** @param wanted names of columns in order; every usual one by default */
export function scoreColumns({ metrics }: Scores, wanted: readonly string[] | undefined): ScoreColumn[] {
  const all = metrics.flatMap((metric) => metric.fields.map((field) => columnOf(metric, field)))
  if (wanted === undefined) {
    return metrics.flatMap((metric) => usualFields(metric).map((field) => columnOf(metric, field)))
  }
  return wanted.flatMap((name) => all.filter((column) => column.name === name))
}

function columnOf(metric: MetricScores, field: string): ScoreColumn {
  const { name, best, signature } = metric
  const lowIsBetter = isLowBetter(metric.metric, field)
  return { name: scoreName(metric, field), metric: name, field, best, ...(lowIsBetter && { lowIsBetter }), signature }
}

function scoresOf({ metrics }: Scores, columns: readonly ScoreColumn[]): Record<string, number> {
  return Object.fromEntries(
    columns.map(({ name, metric, field }) => [
      name,
      metrics.find((one) => one.name === metric)?.scores[field] ?? Number.NaN,
    ]),
  )
}

/**
 * Lessons of a start that is a chain itself are not the chain's own cost. `undefined` where a lesson's record is damaged:
 * then nothing says what was tested.
 */
function lessonTotals(
  { chain, teach }: PlannedChain,
  store: Store,
): Pick<SeedResult, 'updates' | 'plannedUpdates' | 'seconds'> | undefined {
  let updates = 0
  let plannedUpdates = 0
  let seconds = 0
  for (const [index, key] of teach.entries()) {
    const result = store.soundResult('teach', key)
    if (result === undefined) return undefined
    if (chain.lessons[index]!.beforehand) continue
    updates += result.steps
    plannedUpdates += result.plannedSteps ?? result.steps
    seconds += result.seconds
  }
  return { updates, ...(plannedUpdates > updates && { plannedUpdates }), seconds }
}

/** The lessons that a chain's label shows: without those of a start that is a chain itself. */
export function ownLessons({ lessons }: Chain): readonly ChainLesson[] {
  return lessons.filter(({ beforehand }) => !beforehand)
}

/** What a chain's last lesson begins from: `mt5`, `mt5 -> res`. */
export function startLabel(chain: Chain): string {
  return [
    chain.startName,
    ...ownLessons(chain)
      .slice(0, -1)
      .map(({ label }) => label),
  ].join(' -> ')
}

/** Whether a chain is a start that is taught the task and nothing else before. */
export function isFresh(chain: Chain, task: string): boolean {
  const own = ownLessons(chain)
  return own.length === 1 && own[0]!.name === task
}

/**
 * The fresh start that an arm is compared with: the one that the table names; else of the arms that are taught this task
 * and nothing before, the one with the same start, if possible with the same settings of its lesson. The fresh start of
 * another model is compared with the table's first one.
 */
export function baselineOf(arm: Arm, arms: readonly Arm[], { task, baseline }: TableRequest): Arm | undefined {
  if (baseline !== undefined) return arms.find(({ chain }) => chain.label === baseline)
  const fresh = arms.filter(({ chain }) => isFresh(chain, task))
  const settings = ({ chain }: Arm): string | undefined => chain.lessons.at(-1)?.label
  const ofStart = fresh.filter(({ chain }) => chain.startName === arm.chain.startName)
  const plain = ofStart.find((one) => settings(one) === task) ?? ofStart[0] ?? fresh[0]
  if (!fresh.includes(arm)) return ofStart.find((one) => settings(one) === settings(arm)) ?? plain
  return arm === plain ? fresh[0] : plain
}
