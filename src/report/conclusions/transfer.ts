import type { StepKey } from '../../study/keys.ts'
import { lessonsLabel, type Plan } from '../../study/plan/plan.ts'
import type { Chain } from '../../study/study.ts'
import { isFresh, ownLessons, type ScoreColumn, scoreColumns, splitsOf } from '../results/arms.ts'
import { isUnlearnt } from '../results/row-health.ts'
import { goodness } from '../results/score-direction.ts'
import type { StudyResults } from '../results/study-results.ts'
import { meanOfAll, type SeedMean } from './convergence.ts'

/** A checkpoint's score on a task. */
export interface TransferCell {
  readonly task: string
  readonly score: SeedMean
  /** Of the score of the same start taught this task and nothing else, seed by seed; 1 is as good. */
  readonly share: SeedMean | undefined
  readonly seeds: readonly {
    readonly seed: number
    readonly score: number
    readonly share: number | undefined
    readonly evaluation: StepKey
    /** Whether most answers are of no use: the score is what such answers get, as empty sets of labels do. */
    readonly useless: boolean
  }[]
}

/** A change of a score, and the same as a share of the fresh start's. */
export interface Change {
  readonly task: string
  readonly score: SeedMean
  readonly share: SeedMean | undefined
}

/** What the lessons of a chain do to each other's tasks. */
export interface ChainTransfer {
  readonly chain: string
  /** Tasks of earlier lessons: after the whole chain minus right after their lesson. Below 0: forgotten. */
  readonly backward: readonly Change[]
  /** Tasks of later lessons: right before their lesson minus the start that is taught nothing. */
  readonly forward: readonly Change[]
  /** Tasks of later lessons: right after their lesson minus the fresh start taught only them. */
  readonly later: readonly Change[]
  /** Means over tasks, in shares, as scores of unlike tasks cannot be added up. */
  readonly meanBackward: number | undefined
  readonly meanForward: number | undefined
}

/** Every checkpoint on every task. */
export interface Transfer {
  /** Each with its deciding score. */
  readonly tasks: readonly { readonly task: string; readonly column: ScoreColumn }[]
  readonly rows: readonly { readonly checkpoint: string; readonly cells: readonly (TransferCell | undefined)[] }[]
  readonly chains: readonly ChainTransfer[]
  /** What is not known and what would tell it, a sentence each. */
  readonly missing: readonly string[]
}

/**
 * The matrix of transfer and forgetting. With R(k, i) the score on task i after k lessons of a chain of T lessons, task i
 * being taught by lesson l(i), and R(0, i) that of the start before its first lesson:
 *
 *   backward transfer  mean over i with l(i) < T of R(T, i) - R(l(i), i)
 *   forward transfer   mean over i with l(i) > 1 of R(l(i) - 1, i) - R(0, i)
 *
 * A lesson of a mixture teaches all of its tasks; a task taught twice counts from its latest lesson backwards, and from
 * its first one forwards.
 *
 * Source: the definitions of Lopez-Paz and Ranzato, "Gradient Episodic Memory for Continual Learning", 2017, each term
 * divided by the fresh start's score, as metrics of unlike tasks have unlike scales; there R(0, i) is a random model's.
 */
export function transferOf(results: StudyResults): Transfer | undefined {
  const { plan } = results
  const columns = headlines(results)
  const nameOf = checkpointNames(plan)
  const checkpoints = readCheckpoints(columns, results, nameOf)
  if (columns.size === 0 || checkpoints.size === 0) return undefined
  const splits = new Map([...columns.keys()].map((task) => [task, splitsOf(task, results)]))
  const meansOf: MeansOf = (task) => (values) => meanOfAll(values, splits.get(task))
  const tasks = [...columns].map(([task, column]) => ({ task, column }))
  const rows = [...checkpoints].map(([checkpoint, scores]) => ({
    checkpoint,
    cells: tasks.map(({ task }) => cellOf(task, scores.get(task) ?? [], meansOf(task))),
  }))
  const chains = [...new Set(plan.chains.map(({ chain }) => chain))].filter((chain) => ownLessons(chain).length > 1)
  return {
    tasks,
    rows,
    chains: chains.flatMap((chain) => chainTransfer(chain, plan, { checkpoints, nameOf, meansOf }) ?? []),
    missing: missingSentences(plan, rows, chains, checkpoints),
  }
}

interface CheckpointScore {
  readonly seed: number
  readonly score: number
  /** Of the same start taught this task and nothing else. */
  readonly fresh: number | undefined
  readonly share: number | undefined
  readonly evaluation: StepKey
  readonly useless: boolean
}

type Checkpoints = ReadonlyMap<string, ReadonlyMap<string, readonly CheckpointScore[]>>

/** The deciding score of every task that anything was tested on, in the study's order. */
function headlines({ plan, evaluations }: StudyResults): Map<string, ScoreColumn> {
  const { study, chains } = plan
  const columns = new Map<string, ScoreColumn>()
  for (const task of study.tasks.keys()) {
    const keys = chains.flatMap((planned) => planned.evaluations.filter((test) => test.task === task))
    const scores = keys.map(({ key }) => evaluations.scores(key)).find((found) => found !== undefined)
    const wanted = study.tables.find((table) => table.task === task)?.scores
    const column = scores && scoreColumns(scores, wanted)[0]
    if (column !== undefined) columns.set(task, column)
  }
  return columns
}

function readCheckpoints(
  columns: ReadonlyMap<string, ScoreColumn>,
  { plan, evaluations }: StudyResults,
  nameOf: NameOf,
): Checkpoints {
  const { chains } = plan
  const scoreOf = (key: StepKey, task: string): number | undefined => {
    const column = columns.get(task)
    const metric = evaluations.scores(key)?.metrics.find(({ name }) => name === column?.metric)
    return column && metric?.scores[column.field]
  }
  const freshScore = (startName: string, task: string, seed: number): number | undefined => {
    const fresh = chains.filter((one) => one.seed === seed && one.chain.startName === startName)
    const taught = fresh.filter(({ chain }) => isFresh(chain, task))
    const plain = taught.find(({ chain }) => ownLessons(chain)[0]!.label === task) ?? taught[0]
    const test = plain?.evaluations.find((one) => one.task === task && one.afterLessons === plain.teach.length)
    return test && scoreOf(test.key, task)
  }
  const found = new Map<string, Map<string, CheckpointScore[]>>()
  for (const { chain, seed, teach, evaluations: tests } of chains) {
    // In the order of the lessons, and every checkpoint, also one that was not tested.
    for (let after = beforehandOf(chain); after <= teach.length; after++) {
      const checkpoint = nameOf(chain, after)
      const here = tests.filter(({ afterLessons }) => afterLessons === after)
      if (after === beforehandOf(chain) && here.length === 0) continue
      const byTask = found.get(checkpoint) ?? new Map<string, CheckpointScore[]>()
      found.set(checkpoint, byTask)
      for (const { task, key } of here) {
        const score = scoreOf(key, task)
        const known = byTask.get(task) ?? []
        if (score === undefined || known.some((one) => one.seed === seed)) continue
        const fresh = freshScore(chain.startName, task, seed)
        const share = shareOfFresh(columns.get(task)!, score, fresh)
        const useless = evaluations.scores(key)?.health?.some(isUnlearnt) === true
        byTask.set(task, [...known, { seed, score, fresh, share, evaluation: key, useless }])
      }
    }
  }
  return found
}

/** 1 is as good as the fresh start, 0 of no use; `undefined` where the fresh start is itself. */
function shareOfFresh(column: ScoreColumn, score: number, fresh: number | undefined): number | undefined {
  const whole = fresh === undefined ? 0 : goodness(column, fresh)
  return whole > 0 ? goodness(column, score) / whole : undefined
}

/** Lessons of a start that is a chain itself. */
function beforehandOf(chain: Chain): number {
  return chain.lessons.length - ownLessons(chain).length
}

/** What a checkpoint is called: as the first chain that ends with it, else by the lessons up to it. */
type NameOf = (chain: Chain, after: number) => string

function checkpointNames({ chains }: Plan): NameOf {
  const taught = new Map<Chain, readonly StepKey[]>()
  const ended = new Map<string, string>()
  // Two starts may come to the same checkpoint: each has its own fresh start to be set against.
  const id = ({ startName }: Chain, key: StepKey | undefined): string => `${key} ${startName}`
  for (const { chain, teach } of chains) {
    if (!taught.has(chain)) taught.set(chain, teach)
    const end = id(chain, teach.at(-1))
    if (!ended.has(end)) ended.set(end, chain.label)
  }
  return (chain, after) => {
    if (after <= beforehandOf(chain)) return chain.startName
    return ended.get(id(chain, taught.get(chain)?.[after - 1])) ?? lessonsLabel(chain, after - 1)
  }
}

/** The mean of a task's scores over its seeds, each on a split of its own where it has several. */
type MeansOf = (task: string) => MeanOf
type MeanOf = (values: readonly (number | undefined)[]) => SeedMean | undefined

function cellOf(task: string, seeds: readonly CheckpointScore[], meanOf: MeanOf): TransferCell | undefined {
  const score = meanOf(seeds.map((one) => one.score))
  if (score === undefined) return undefined
  return {
    task,
    score,
    share: meanOf(seeds.map(({ share }) => share)),
    seeds: seeds.map(({ fresh: _, ...seed }) => seed),
  }
}

function chainTransfer(
  chain: Chain,
  plan: Plan,
  { checkpoints, nameOf, meansOf }: { checkpoints: Checkpoints; nameOf: NameOf; meansOf: MeansOf },
): ChainTransfer | undefined {
  const first = beforehandOf(chain)
  const last = chain.lessons.length
  const at = (after: number, task: string): readonly CheckpointScore[] =>
    checkpoints.get(nameOf(chain, after))?.get(task) ?? []
  const taughtBy = new Map<string, number[]>()
  for (let after = first + 1; after <= last; after++) {
    for (const task of tasksOf(chain.lessons[after - 1]!.name, plan)) {
      taughtBy.set(task, [...(taughtBy.get(task) ?? []), after])
    }
  }
  const backward: Change[] = []
  const forward: Change[] = []
  const later: Change[] = []
  const add = (list: Change[], change: Change | undefined): void => {
    if (change !== undefined) list.push(change)
  }
  for (const [task, lessons] of taughtBy) {
    const [earliest, latest] = [lessons[0]!, lessons.at(-1)!]
    if (latest < last) add(backward, changeOf(task, at(last, task), at(latest, task), meansOf(task)))
    if (earliest === first + 1) continue
    add(forward, changeOf(task, at(earliest - 1, task), at(first, task), meansOf(task)))
    add(later, fromFresh(task, at(earliest, task), meansOf(task)))
  }
  if (backward.length + forward.length + later.length === 0) return undefined
  return {
    chain: chain.label,
    backward,
    forward,
    later,
    meanBackward: meanShare(backward),
    meanForward: meanShare(forward),
  }
}

function tasksOf(lesson: string, { study }: Plan): readonly string[] {
  return [...(study.mixtures.get(lesson)?.parts.keys() ?? [lesson])]
}

/** after - before, on the seeds that both have. */
function changeOf(
  task: string,
  after: readonly CheckpointScore[],
  before: readonly CheckpointScore[],
  meanOf: MeanOf,
): Change | undefined {
  const pairs = after.flatMap((to) => {
    const from = before.find(({ seed }) => seed === to.seed)
    return from === undefined ? [] : [{ from, to }]
  })
  const score = meanOf(pairs.map(({ from, to }) => to.score - from.score))
  if (score === undefined) return undefined
  const share = meanOf(
    pairs.map(({ from, to }) =>
      from.share === undefined || to.share === undefined ? undefined : to.share - from.share,
    ),
  )
  return { task, score, share }
}

function fromFresh(task: string, after: readonly CheckpointScore[], meanOf: MeanOf): Change | undefined {
  const known = after.filter(({ fresh }) => fresh !== undefined)
  const score = meanOf(known.map((one) => one.score - one.fresh!))
  const share = meanOf(known.map((one) => (one.share === undefined ? undefined : one.share - 1)))
  return score && { task, score, share }
}

function meanShare(changes: readonly Change[]): number | undefined {
  return meanOfAll(changes.map(({ share }) => share?.mean))?.mean
}

function missingSentences(
  { study }: Plan,
  rows: Transfer['rows'],
  chains: readonly Chain[],
  checkpoints: Checkpoints,
): string[] {
  const sentences: string[] = []
  const cells = rows.flatMap((row) => row.cells)
  const open = cells.filter((cell) => cell === undefined).length
  if (open > 0) {
    const advice = study.everywhere
      ? 'run the study to its end'
      : 'set "everywhere: true" under "evaluate" for the others'
    sentences.push(`${cells.length - open} of ${cells.length} pairs of checkpoint and task are tested: ${advice}`)
  }
  const untested = new Set(
    chains
      .filter((chain) => !checkpoints.has(chain.startName))
      .flatMap(({ startName, start }) =>
        // Nothing can be asked of weights that were taught nothing.
        start.kind === 'scratch' ? [] : [startName],
      ),
  )
  for (const start of untested) {
    sentences.push(
      `Forward transfer needs tests of "${start}" itself: add a chain without lessons, such as { chain: ${start}, evaluate: [${[
        ...study.tasks,
      ]
        .filter(([, { texts }]) => texts.kind !== 'spans')
        .map(([name]) => name)
        .join(', ')}] }`,
    )
  }
  return sentences
}
