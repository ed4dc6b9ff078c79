import { existsSync } from 'node:fs'
import { readAllJsonLines, readJsonLines } from '../../base/json-lines.ts'
import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import { sha256Of } from '../../content/sha256.ts'
import type { ExampleStatistics } from '../../metrics/metric.ts'
import { type CrossedTest, crossedTest } from '../../metrics/statistics/crossed-test.ts'
import { mean } from '../../metrics/statistics/mean.ts'
import { resampledSplitsTest } from '../../metrics/statistics/resampled-splits-test.ts'
import { leastRows } from '../../metrics/statistics/sample-size.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { PreparedPair } from '../../study/steps/prepare-task.ts'
import type { PredictionRow } from '../../study/steps/score-answers.ts'
import type { Store } from '../../study/store/store.ts'
import { type Arm, type Arms, ownLessons, readArms, type ScoreColumn } from './arms.ts'
import type { Evaluations } from './evaluations.ts'
import { type CountedRows, constantAnswer, copiedSource, type FloorAnswers, type FloorRow } from './floor-answers.ts'
import { gain, goodness } from './score-direction.ts'

/** What answers score that no learning was needed for, on a table's test rows. */
export interface Floor {
  readonly kind: FloorAnswers['kind'] | 'untaught'
  /** `always "none"`, `copies the source`, `mt5 as it is` */
  readonly name: string
  /** By the table's columns; of the untaught start the mean over seeds. */
  readonly scores: Readonly<Record<string, number>>
}

/** Whether an arm is better than the best of what needs no learning, by the deciding score. */
export interface FloorTest {
  readonly floor: string
  /** The floor's score, and the arm's minus it. */
  readonly score: number
  readonly difference: number
  /** Two-sided, of the crossed test; of splits that of the test of splits. */
  readonly p: number
  readonly above: boolean
}

/** Raised when the same rows would give another floor. */
const cacheVersion = 2
/** The floor is far below an arm that has learnt, or it does not matter to the last digit. */
const samples = 2000
const level = 0.05

/**
 * Works out the floors of a study's tables from rows that stand in the store: test rows from a finished test, the
 * frequency of targets from the task's training rows (where it has none: its validation rows, else the test rows, which
 * the floor's name says). What was found is kept in the store under a hash of what it depends on, as `floors/<hash>.json`.
 */
export class Floors {
  readonly #plan: Plan
  readonly #store: Store
  readonly #evaluations: Evaluations
  readonly #found = new Map<string, unknown>()

  constructor({ plan, store, evaluations }: { plan: Plan; store: Store; evaluations: Evaluations }) {
    this.#plan = plan
    this.#store = store
    this.#evaluations = evaluations
  }

  /** The floors of a table: one answer for all rows, the source copied, and starts tested as they are that have no row. */
  async find(arms: Arms): Promise<readonly Floor[]> {
    const shown = new Set(arms.arms.map(({ chain }) => chain))
    const untaught = this.#untaught(arms).filter(({ chain }) => !shown.has(chain))
    return [...(await this.#fixedOnAll(arms)), ...untaught.map((arm) => untaughtFloor(arm, arms))]
  }

  /** The test rows of a table; none where nothing is finished. */
  async testRows(arms: Arms): Promise<readonly FloorRow[]> {
    const tested = firstTest(arms)
    return tested === undefined ? [] : await this.#testRows(tested)
  }

  /** Of several splits the means over them, of floors that each has. */
  async #fixedOnAll(arms: Arms): Promise<readonly Floor[]> {
    const found = []
    for (const tested of this.#testOfEachSplit(arms)) found.push(await this.#fixed(arms, tested))
    const [first = [], ...rest] = found
    return first.flatMap((floor) => {
      const same = [floor, ...rest.flatMap((floors) => floors.find(({ kind }) => kind === floor.kind) ?? [])]
      return same.length < found.length ? [] : [meanFloor(same)]
    })
  }

  /** One test of every split that is there; where all seeds have the same rows, one. */
  #testOfEachSplit(arms: Arms): readonly StepKey[] {
    const tests = arms.arms.flatMap(({ seeds }) => seeds.map(({ evaluation }) => evaluation))
    const data = tests.map((key) => this.#dataOf(key))
    return tests.filter((_, at) => data.indexOf(data[at]!) === at)
  }

  #dataOf(tested: StepKey): StepKey {
    const test = this.#plan.steps.get(tested)
    return test?.kind === 'evaluate' ? test.data : tested
  }

  async #fixed(arms: Arms, tested: StepKey): Promise<readonly Floor[]> {
    return await this.#cached(this.#name('floors', arms, tested), [tested], async (): Promise<Floor[]> => {
      const rows = await this.#testRows(tested)
      const answers = await this.#answers(arms, tested)
      return answers.map((one) => ({ kind: one.kind, name: one.name, scores: scoresOf(one, arms, rows) }))
    })
  }

  /**
   * Tests an arm against the best of the answers that no seed changes, by the deciding score. A start tested as it is takes
   * part in an answer like any other.
   *
   * @returns `undefined` when nothing of the arm is finished, or it is above them on test rows that are too few to show it
   */
  async test(arm: Arm, arms: Arms): Promise<FloorTest | undefined> {
    const [column] = arms.columns
    const tested = firstTest(arms)
    if (column === undefined || tested === undefined || arm.seeds.length === 0) return undefined
    const floors = await this.#fixedOnAll(arms)
    const good = ({ scores }: Floor): number => goodness(column, scores[column.name]!)
    const [first, ...rest] = floors.filter((floor) => Number.isFinite(good(floor)))
    if (first === undefined) return undefined
    const floor = rest.reduce((best, next) => (good(next) > good(best) ? next : best), first)
    const keys = arm.seeds.map(({ evaluation }) => evaluation)
    const name = this.#name('floor test', arms, tested, floor.name, keys, ...(arms.splits ? [arms.splits.overlap] : []))
    return await this.#cached(name, [tested, ...keys], async (): Promise<FloorTest | undefined> => {
      const read = async (key: StepKey): Promise<ExampleStatistics> =>
        (await this.#evaluations.statistics(key)).get(column.metric)!
      const own = await Promise.all(keys.map(read))
      const bySplit = arms.splits === undefined ? [tested] : keys
      const baselines = await Promise.all(bySplit.map((key) => this.#statistics(floor, arms, key)))
      const { difference, p } = testFloor(column, arms, own, baselines)
      const isHigher = gain(column, difference) > 0
      // Too few rows show no difference, but what is not higher is not above the floor.
      if (isHigher && arms.examples < leastRows(level)) return undefined
      const above = p < level && isHigher
      return { floor: floor.name, score: floor.scores[column.name]!, difference, p, above }
    })
  }

  /** Arms of starts that are tested as they are: nothing was taught but what belongs to the start. */
  #untaught({ task, columns }: Arms): readonly Arm[] {
    const request = { task, title: task, rows: undefined, baseline: undefined, paper: new Map() }
    const all = readArms(
      { ...request, scores: columns.map(({ name }) => name) },
      {
        plan: this.#plan,
        store: this.#store,
        evaluations: this.#evaluations,
      },
    )
    return all?.arms.filter(({ chain, seeds }) => ownLessons(chain).length === 0 && seeds.length > 0) ?? []
  }

  async #statistics({ kind, name }: Floor, arms: Arms, tested: StepKey): Promise<ExampleStatistics> {
    const rows = await this.#testRows(tested)
    const answers = (await this.#answers(arms, tested)).find((one) => one.kind === kind)
    if (answers === undefined) throw new Error(`There is no floor "${name}" of ${arms.task}`)
    return answers.statistics(arms.metrics.get(arms.columns[0]!.metric)!, rows)
  }

  /** Chosen once for all arms, as it takes the task's training rows. */
  #answers(arms: Arms, tested: StepKey): Promise<readonly FloorAnswers[]> {
    const name = this.#name('answers', arms, tested)
    const known = this.#found.get(name) ?? this.#choose(arms, tested)
    this.#found.set(name, known)
    return known as Promise<readonly FloorAnswers[]>
  }

  async #choose(arms: Arms, tested: StepKey): Promise<readonly FloorAnswers[]> {
    const [column] = arms.columns
    const rows = await this.#testRows(tested)
    const texts = this.#plan.study.tasks.get(arms.task)?.texts
    if (column === undefined || rows.length === 0) return []
    const classes = texts?.kind === 'labels' && !texts.single ? texts.labels.classes : undefined
    const counted = await this.#countedRows(tested, rows)
    const constant = constantAnswer({ counted, classes, column, metric: arms.metrics.get(column.metric)! })
    return [constant, copiedSource(rows)].filter((one) => one !== undefined)
  }

  #testRows(tested: StepKey): Promise<readonly FloorRow[]> {
    const known = this.#found.get(tested) ?? readTestRows(this.#store.predictionsFile(tested))
    this.#found.set(tested, known)
    return known as Promise<readonly FloorRow[]>
  }

  async #countedRows(tested: StepKey, rows: readonly FloorRow[]): Promise<CountedRows> {
    for (const part of ['train', 'validation'] as const) {
      const path = this.#countedFile(tested, part)
      if (path !== undefined) return { part, rows: await readAllJsonLines<PreparedPair>(path) }
    }
    return { part: 'test', rows }
  }

  #countedFile(tested: StepKey, part: 'train' | 'validation'): string | undefined {
    const test = this.#plan.steps.get(tested)
    if (test?.kind !== 'evaluate' || !this.#store.isDone('prepare', test.data)) return undefined
    const path = this.#store.rowsFile(test.data, part)
    return existsSync(path) ? path : undefined
  }

  /** Everything that a floor depends on. */
  #name(what: string, arms: Arms, tested: StepKey, ...more: readonly unknown[]): string {
    const data = this.#dataOf(tested)
    const counted = (['train', 'validation'] as const).find((part) => this.#countedFile(tested, part) !== undefined)
    const metrics = arms.columns.map(({ name, metric, field, signature }) => [name, metric, field, signature])
    return sha256Of(JSON.stringify([what, cacheVersion, data, counted, metrics, more]))
  }

  async #cached<T>(name: string, evaluations: readonly StepKey[], make: () => Promise<T>): Promise<T> {
    const known = this.#found.get(name) ?? this.#read(name)
    const found = (known as T | undefined) ?? (await make())
    this.#found.set(name, found)
    if (known !== undefined) return found
    try {
      const content = { evaluations: evaluations.map((key) => [key]), found }
      writeSealedJson(this.#store.floorFile(name), content)
    } catch {
      // In a store that cannot be written it is worked out again the next time.
    }
    return found
  }

  #read(name: string): unknown {
    return readSealedJson(this.#store.floorFile(name))?.found
  }
}

/** The floor is a rule: it has no chance of seeds, but on each split its own score. */
function testFloor(
  { metric, field }: ScoreColumn,
  { metrics, splits }: Arms,
  own: readonly ExampleStatistics[],
  baselines: readonly ExampleStatistics[],
): Pick<CrossedTest, 'difference' | 'p'> {
  const scorer = metrics.get(metric)!
  if (splits === undefined) return crossedTest(scorer, own, baselines, { field, samples, fixed: ['baseline'] })
  const answers = own.map((arm, at) => ({ arm, baseline: baselines[at]! }))
  return resampledSplitsTest(scorer, answers, { field, overlap: splits.overlap, fixed: ['baseline'] })
}

/** The same kind of floor on several splits, each of which may have another constant answer. */
function meanFloor(floors: readonly Floor[]): Floor {
  const [first] = floors as [Floor]
  if (floors.length === 1) return first
  const scores = Object.fromEntries(
    Object.keys(first.scores).map((name) => [name, mean(floors.map(({ scores }) => scores[name]!))]),
  )
  const isSame = floors.every(({ name }) => name === first.name)
  return { kind: first.kind, name: isSame ? first.name : 'the best constant answer of each split', scores }
}

function untaughtFloor({ chain, seeds }: Arm, { columns }: Arms): Floor {
  const scores = Object.fromEntries(columns.map(({ name }) => [name, mean(seeds.map((seed) => seed.scores[name]!))]))
  return { kind: 'untaught', name: `${chain.label} as it is`, scores }
}

/** Every finished test of a task has the same rows, but where each seed has a split of its own. */
function firstTest({ arms }: Arms): StepKey | undefined {
  return arms.flatMap(({ seeds }) => seeds)[0]?.evaluation
}

async function readTestRows(path: string): Promise<readonly FloorRow[]> {
  const rows: FloorRow[] = []
  for await (const { source, reference, labels } of readJsonLines<PredictionRow>(path)) {
    rows.push({ source, target: reference, ...(labels === undefined ? {} : { labels }) })
  }
  return rows
}

function scoresOf(
  answers: FloorAnswers,
  { columns, metrics }: Arms,
  rows: readonly FloorRow[],
): Record<string, number> {
  const byMetric = new Map(
    [...new Set(columns.map(({ metric }) => metric))].map((name) => {
      const metric = metrics.get(name)!
      return [name, metric.score(answers.statistics(metric, rows))]
    }),
  )
  return Object.fromEntries(
    columns.map(({ name, metric, field }) => [name, byMetric.get(metric)![field] ?? Number.NaN]),
  )
}
