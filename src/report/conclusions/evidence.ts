import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import { type NeededSample, neededSample } from '../../metrics/statistics/sample-size.ts'
import { bestIs } from '../../study/best-by.ts'
import type { StepKey } from '../../study/keys.ts'
import { rowCounts } from '../../study/plan/estimate.ts'
import { unfairnessOf } from '../../study/plan/fairness.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { TableRequest } from '../../study/study.ts'
import {
  type Arm,
  type Arms,
  isFresh,
  ownLessons,
  ownTest,
  readArms,
  type ScoreColumn,
  startLabel,
} from '../results/arms.ts'
import { type ArmPair, alpha } from '../results/compared-arms.ts'
import { type ArmCost, costOf } from '../results/cost.ts'
import { firstFailure } from '../results/first-failure.ts'
import { type LeakedRows, rowsWithout } from '../results/leaked-rows.ts'
import { type RowHealth, rowHealth } from '../results/row-health.ts'
import { gain, goodness } from '../results/score-direction.ts'
import type { StudyResults } from '../results/study-results.ts'
import { type ArmConvergence, meanOfAll, type SeedMean, type TaskConvergence } from './convergence.ts'

/** A start that a task's last lesson may begin from, with what is known of it. */
export interface Candidate {
  readonly chain: string
  /** What the last lesson begins from; of a chain whose last lesson is not the task alone, the chain itself. */
  readonly start: string
  /** Whether it is taught the task and nothing before. */
  readonly fresh: boolean
  readonly score: SeedMean
  /** Against the reference, corrected over all candidates; absent for the reference itself. */
  readonly comparison: Comparison | undefined
  /** What would show a difference of the size that was found. */
  readonly needed: NeededSample | undefined
  /** Seeds with which the test over seeds would show it, the test rows being those that they are. */
  readonly neededSeeds: number | undefined
  /** Against the best of the candidates that are better than the reference. */
  readonly againstBest: Comparison | undefined
  /** Test rows among what it or the reference was taught, and the comparison without them. */
  readonly leaks: { readonly rows: number; readonly comparison: Comparison | undefined } | undefined
  readonly cost: ArmCost | undefined
  readonly convergence: ArmConvergence | undefined
  /** What is wrong with its answers. */
  readonly health: readonly RowHealth[]
  /** Finished seeds, and the steps that hold their answers. */
  readonly seeds: readonly { readonly seed: number; readonly evaluation: StepKey }[]
}

/** Everything that an answer for a task rests on. */
export interface Evidence {
  readonly task: string
  /** The deciding score; `undefined` when nothing is finished. */
  readonly column: ScoreColumn | undefined
  readonly examples: number
  /** The first is the reference: the fresh start, if there is one. */
  readonly candidates: readonly Candidate[]
  /** What differs between the candidates besides their start. */
  readonly unfair: readonly string[]
  /** Chains of the task that are no candidates, as their start stands by another one. */
  readonly leftOut: readonly string[]
  /** Of those, what is not finished, a sentence each. */
  readonly leftOpen: readonly string[]
  /** What an answer lacks, a sentence each. */
  readonly missing: readonly string[]
}

/**
 * Collects what is known of the starts of a task.
 *
 * A start stands for itself by the chain whose last lesson has the task's own settings; where each of its chains states
 * settings of its own, as in a sweep, by the one with the lowest validation loss, which no test row has a part in. The
 * reference is the baseline that the study's table names, else the first fresh start, else the first chain.
 */
export async function evidenceOf(
  request: TableRequest,
  results: StudyResults,
  convergence: TaskConvergence | undefined,
): Promise<Evidence> {
  const { plan, store } = results
  const { task } = request
  const found = readArms(request, results)
  const [wanted, left] = found === undefined ? [undefined, []] : candidateArms(found.arms, task)
  const missing = missingOf(wanted, task, results)
  const [column] = found?.columns ?? []
  if (found === undefined || column === undefined) {
    return { task, column: undefined, examples: 0, candidates: [], unfair: [], leftOut: [], leftOpen: [], missing }
  }
  const arms = representatives(wanted ?? [], task, results)
  const reference = referenceOf(arms, request)
  const others = arms.filter((arm) => arm !== reference)
  const compare = async (baseline: Arm | undefined, list: readonly Arm[], leaks?: ReadonlyMap<Arm, LeakedRows>) => {
    if (baseline === undefined) return new Map<Arm, Comparison | undefined>()
    const pairs = list.map((arm): ArmPair => {
      const leaked = leaks?.get(arm)
      return { arm, baseline, ...(leaked === undefined ? {} : { rows: rowsWithout(leaked, found.examples) }) }
    })
    const compared = await results.comparisons.compare(column, found.metrics, pairs)
    return new Map(pairs.map(({ arm }, index) => [arm, compared[index]]))
  }
  const comparisons = await compare(reference, others)
  const leaked = await leakedOf(arms, reference, found, results)
  // Corrected over all candidates as before, also over those of which no row has leaked.
  const clean = leaked.size === 0 ? new Map<Arm, Comparison>() : await compare(reference, others, leaked)
  const score = (arm: Arm): SeedMean => meanOfAll(arm.seeds.map(({ scores }) => scores[column.name]))!
  const good = (arm: Arm): number => goodness(column, score(arm).mean)
  const better = others.filter((arm) => isBetter(comparisons.get(arm), column))
  const best = better.toSorted((a, b) => good(b) - good(a))[0]
  const againstBest = await compare(
    best,
    others.filter((arm) => arm !== best),
  )
  // Holm's first step asks this much of the smallest p, so that it is enough in any case.
  const size = ({ seeds }: Comparison) => ({ seeds, examples: found.examples, alpha: alpha / others.length })
  const ordered = reference === undefined ? others : [reference, ...others]
  return {
    task,
    column,
    examples: found.examples,
    candidates: ordered.map((arm): Candidate => {
      const comparison = comparisons.get(arm)
      return {
        chain: arm.chain.label,
        start: startName(arm, task),
        fresh: isFresh(arm.chain, task),
        score: score(arm),
        comparison,
        needed: comparison && neededSample(comparison.difference, comparison.variance, size(comparison)),
        neededSeeds:
          comparison &&
          neededSample(comparison.difference, { ...comparison.variance, examples: 0 }, size(comparison)).seeds,
        againstBest: againstBest.get(arm),
        leaks: leaked.has(arm)
          ? { rows: leaked.get(arm)!.exact.length + leaked.get(arm)!.near.length, comparison: clean.get(arm) }
          : undefined,
        cost: costOf(arm, store),
        convergence: convergence?.arms.find(({ chain }) => chain === arm.chain.label),
        health: rowHealth(arm, task, results).health.filter(({ name }) => name !== 'failed'),
        seeds: arm.seeds.map(({ seed, evaluation }) => ({ seed, evaluation })),
      }
    }),
    unfair: [
      ...unfairnessOf(plan, { task, rows: ordered.map(({ chain }) => chain.label) }, rowCounts(plan, store)).map(
        ({ sentence }) => sentence,
      ),
      ...statedSettings(ordered),
    ],
    leftOut: found.arms.filter((arm) => arm.seeds.length > 0 && !arms.includes(arm)).map(({ chain }) => chain.label),
    leftOpen: missingOf(left, task, results),
    missing,
  }
}

/** In a table a chain that states a setting means it; as an answer to "which start" it is no like with like. */
function statedSettings(arms: readonly Arm[]): string[] {
  return arms
    .filter((arm) => !isPlain(arm))
    .map(({ chain }) => `the last lesson of ${chain.label} has settings of its own`)
}

export function isBetter(comparison: Comparison | undefined, column: ScoreColumn): boolean {
  return comparison?.separable === true && gain(column, comparison.difference) > 0
}

function startName({ chain }: Arm, task: string): string {
  return endsWith(chain, task) ? startLabel(chain) : chain.label
}

function endsWith({ lessons }: Arm['chain'], task: string): boolean {
  return lessons.at(-1)?.name === task
}

/** What stands for the same start: `mt5` taught the task is another thing than `mt5` as it is. */
function startKey(arm: Arm, task: string): string {
  return `${endsWith(arm.chain, task) ? 'taught' : 'as it is'} ${startName(arm, task)}`
}

/**
 * Divides a task's arms into those that an answer rests on and the rest: of a start that is taught the task with its own
 * settings, other settings say nothing of the start.
 */
function candidateArms(arms: readonly Arm[], task: string): [wanted: Arm[], left: Arm[]] {
  const plain = new Set(arms.filter(isPlain).map((arm) => startKey(arm, task)))
  const isWanted = (arm: Arm): boolean => isPlain(arm) || !plain.has(startKey(arm, task))
  return [arms.filter(isWanted), arms.filter((arm) => !isWanted(arm))]
}

/** Whether the last lesson has the task's own settings. */
function isPlain({ chain }: Arm): boolean {
  const last = ownLessons(chain).at(-1)
  return last === undefined || last.label === last.name
}

/** One arm for each start, among those with a finished seed. */
function representatives(arms: readonly Arm[], task: string, results: StudyResults): Arm[] {
  const byStart = new Map<string, Arm[]>()
  for (const arm of arms) {
    if (arm.seeds.length === 0) continue
    const start = startKey(arm, task)
    byStart.set(start, [...(byStart.get(start) ?? []), arm])
  }
  return [...byStart.values()].map(
    (own) => own.find(isPlain) ?? own.toSorted((a, b) => validationLoss(a, results) - validationLoss(b, results))[0]!,
  )
}

/** Mean over seeds of the last lesson's best validation loss, or of minus the score that decided; infinite without. */
function validationLoss({ seeds, planned }: Arm, { plan, store }: StudyResults): number {
  const step = plan.steps.get(planned[0]?.teach.at(-1) ?? ('' as StepKey)) as TeachStep | undefined
  const sign = step !== undefined && bestIs(step) === 'highest-value' ? -1 : 1
  const losses = seeds.map(({ lessons }) => {
    const last = lessons.at(-1)
    const result = last && store.result('teach', last)
    return result?.best && sign * result.best.value
  })
  return meanOfAll(losses)?.mean ?? Number.POSITIVE_INFINITY
}

function referenceOf(arms: readonly Arm[], { task, baseline }: TableRequest): Arm | undefined {
  return arms.find(({ chain }) => chain.label === baseline) ?? arms.find(({ chain }) => isFresh(chain, task)) ?? arms[0]
}

/** Test rows that an arm or the reference was taught, of arms that have any. */
async function leakedOf(
  arms: readonly Arm[],
  reference: Arm | undefined,
  { task }: Arms,
  { plan, leaks }: StudyResults,
): Promise<ReadonlyMap<Arm, LeakedRows>> {
  const found = new Map<Arm, LeakedRows>()
  for (const arm of arms) {
    const [planned] = arm.planned
    const key = planned && ownTest(planned, task)?.key
    const test = key && plan.steps.get(key)
    if (planned === undefined || test?.kind !== 'evaluate') continue
    const lessons = [...planned.teach, ...(reference?.planned[0]?.teach ?? [])]
    const leaked = await leaks.find(test.data, lessons)
    if (leaked !== undefined && leaked.exact.length + leaked.near.length > 0) found.set(arm, leaked)
  }
  return found
}

/** `mt5 -> res, seed 43 is not finished`, with the reason where a step has failed. */
function missingOf(arms: readonly Arm[] | undefined, task: string, results: StudyResults): string[] {
  const unfinished =
    arms?.flatMap(({ planned, missing }) => planned.filter(({ seed }) => missing.includes(seed))) ??
    results.plan.chains.filter((planned) => ownTest(planned, task) !== undefined)
  return unfinished.map((planned) => {
    const failure = firstFailure([...planned.teach, ownTest(planned, task)?.key], results)
    const why = failure === undefined ? '' : `: ${failure.reason}`
    return `${planned.chain.label}, seed ${planned.seed}, is not finished on ${task}${why}`
  })
}
