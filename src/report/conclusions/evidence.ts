import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import type { StepKey } from '../../study/keys.ts'
import { rowCounts } from '../../study/plan/estimate.ts'
import { unfairnessOf } from '../../study/plan/fairness.ts'
import type { TableRequest } from '../../study/study.ts'
import { type Arm, type Arms, isFresh, ownTest, readArms, type ScoreColumn } from '../results/arms.ts'
import { candidatesOf, isPlain, referenceOf, startName } from '../results/candidates.ts'
import { pairsWith } from '../results/compared-arms.ts'
import { type ArmCost, costOf } from '../results/cost.ts'
import { failureText, firstFailure } from '../results/first-failure.ts'
import { type LeakedRows, leakedCount, rowsWithout } from '../results/leaked-rows.ts'
import { type RowHealth, rowHealth } from '../results/row-health.ts'
import { goodness } from '../results/score-direction.ts'
import type { StudyResults } from '../results/study-results.ts'
import { isBetter } from '../results/verdict.ts'
import type { PrintedNames } from '../words/printed-name.ts'
import { type ArmConvergence, meanOfAll, type SeedMean, type TaskConvergence } from './convergence.ts'
import { type Exclusion, excludedArms } from './excluded-arms.ts'
import { whatToTry } from './what-to-try.ts'

/** A start that a task's last lesson may begin from, with what is known of it. */
export interface Candidate {
  readonly chain: string
  /** What the last lesson begins from; of a chain whose last lesson is not the task alone, the chain itself. */
  readonly start: string
  /** Whether it is taught the task and nothing before. */
  readonly fresh: boolean
  readonly score: SeedMean
  /** Against the reference, as the tables have it; absent for the reference itself. */
  readonly comparison: Comparison | undefined
  /** Against the best of the candidates that are better than the reference. */
  readonly againstBest: Comparison | undefined
  /** Test rows among what it or the reference was taught, and the comparison without them. */
  readonly leaks: LeakCounts | undefined
  readonly cost: ArmCost | undefined
  readonly convergence: ArmConvergence | undefined
  /** What is wrong with its answers. */
  readonly health: readonly RowHealth[]
  /** Finished seeds, and the steps that hold their answers. */
  readonly seeds: readonly { readonly seed: number; readonly evaluation: StepKey }[]
}

interface LeakCounts {
  /** The most that a seed has: splits differ. */
  readonly rows: number
  /** The fewest. */
  readonly fewest: number
  readonly comparison: Comparison | undefined
}

/** A chain that takes no part in an answer: it is not above the floor, or its answers are of no use. */
interface ExcludedChain extends Exclusion {
  readonly chain: string
}

/** Everything that an answer for a task rests on. */
export interface Evidence {
  readonly task: string
  /** What chains, tasks and scores are called where they are printed, if not by their names. */
  readonly names?: PrintedNames
  /** The deciding score; `undefined` when nothing is finished. */
  readonly column: ScoreColumn | undefined
  readonly examples: number
  /** The first is the reference: the fresh start, if there is one. */
  readonly candidates: readonly Candidate[]
  /** What differs between the candidates besides their start. */
  readonly unfair: readonly string[]
  /** Chains that take no part in an answer, and why: "is not above the floor". */
  readonly excluded: readonly ExcludedChain[]
  /** Chains that have learnt the task where no candidate has, as settings of their own keep them from being one. */
  readonly learntBesides: readonly string[]
  /** What those may be given so that they learn, by their logs. */
  readonly toTry: readonly string[]
  /** Chains of the task that are no candidates, as their start stands by another one. */
  readonly leftOut: readonly string[]
  /** Of those, what is not finished, a sentence each. */
  readonly leftOpen: readonly string[]
  /** What an answer lacks, a sentence each. */
  readonly missing: readonly string[]
  /** How many of those failed when they were last tried. */
  readonly failed: number
}

/** Collects what is known of the starts of a task. */
export async function evidenceOf(
  request: TableRequest,
  results: StudyResults,
  convergence: TaskConvergence | undefined,
): Promise<Evidence> {
  const { plan, store } = results
  const { task } = request
  const { names } = plan.study.report
  const named = names.size === 0 ? {} : { names: Object.fromEntries(names) }
  const found = readArms(request, results)
  const picked = found && candidatesOf(found.arms, request, results)
  const { sentences: missing, failed } = missingOf(picked?.wanted, task, results)
  const [column] = found?.columns ?? []
  if (found === undefined || picked === undefined || column === undefined) {
    return {
      task,
      ...named,
      column: undefined,
      examples: 0,
      candidates: [],
      unfair: [],
      excluded: [],
      learntBesides: [],
      toTry: [],
      leftOut: [],
      leftOpen: [],
      missing,
      failed,
    }
  }
  const { left } = picked
  const excluded = await excludedArms(picked.arms, found, results)
  const arms = picked.arms.filter((arm) => !excluded.has(arm))
  const besides = found.arms.filter((arm) => arm.seeds.length > 0 && !picked.arms.includes(arm))
  const reference = referenceOf(arms, request)
  const others = arms.filter((arm) => arm !== reference)
  const compare = async (baseline: Arm | undefined, leaks?: ReadonlyMap<Arm, readonly LeakedRows[]>) => {
    const pairs = pairsWith(baseline, others).map((pair) => {
      const [leaked] = leaks?.get(pair.arm) ?? []
      return leaked === undefined ? pair : { ...pair, rows: rowsWithout(leaked, found.examples) }
    })
    const compared = await results.comparisons.compare(found, pairs)
    return new Map(pairs.map(({ arm }, index) => [arm, compared[index]]))
  }
  const comparisons = await compare(reference)
  const leaked = await leakedOf(arms, reference, found, results)
  // Splits have leaked rows of their own each: the difference without them is not given.
  const notGiven = leaked.size === 0 || found.splits !== undefined
  const clean = notGiven ? new Map<Arm, Comparison>() : await compare(reference, leaked)
  const score = (arm: Arm): SeedMean =>
    meanOfAll(
      arm.seeds.map(({ scores }) => scores[column.name]),
      found.splits,
    )!
  const good = (arm: Arm): number => goodness(column, score(arm).mean)
  const better = others.filter((arm) => isBetter(comparisons.get(arm), column))
  const best = better.toSorted((a, b) => good(b) - good(a))[0]
  const againstBest = await compare(best)
  const ordered = reference === undefined ? others : [reference, ...others]
  return {
    task,
    ...named,
    column,
    examples: found.examples,
    candidates: ordered.map(
      (arm): Candidate => ({
        chain: arm.chain.label,
        start: startName(arm, task),
        fresh: isFresh(arm.chain, task),
        score: score(arm),
        comparison: comparisons.get(arm),
        againstBest: againstBest.get(arm),
        leaks: leaked.has(arm) ? { ...countsOf(leaked.get(arm)!), comparison: clean.get(arm) } : undefined,
        cost: costOf(arm, store),
        convergence: convergence?.arms.find(({ chain }) => chain === arm.chain.label),
        health: rowHealth(arm, task, results).health.filter(({ name }) => name !== 'failed'),
        seeds: arm.seeds.map(({ seed, evaluation }) => ({ seed, evaluation })),
      }),
    ),
    unfair: [
      ...unfairnessOf(plan, { task, rows: ordered.map(({ chain }) => chain.label) }, rowCounts(plan, store)).map(
        ({ sentence }) => sentence,
      ),
      ...statedSettings(ordered),
    ],
    excluded: [...excluded].map(([{ chain }, why]) => ({ chain: chain.label, ...why })),
    learntBesides: arms.length > 0 ? [] : await learntOf(besides, found, results),
    toTry: await whatToTry([...excluded.keys()], results),
    leftOut: besides.map(({ chain }) => chain.label),
    leftOpen: missingOf(left, task, results).sentences,
    missing,
    failed,
  }
}

async function learntOf(besides: readonly Arm[], found: Arms, results: StudyResults): Promise<string[]> {
  const excluded = await excludedArms(besides, found, results)
  return besides.filter((arm) => !excluded.has(arm)).map(({ chain }) => chain.label)
}

/** In a table a chain that states a setting means it; as an answer to "which start" it is no like with like. */
function statedSettings(arms: readonly Arm[]): string[] {
  return arms
    .filter((arm) => !isPlain(arm))
    .map(({ chain }) => `the last lesson of ${chain.label} has settings of its own`)
}

/** Test rows that an arm or the reference was taught, of arms that have any. */
async function leakedOf(
  arms: readonly Arm[],
  reference: Arm | undefined,
  { task, splits }: Arms,
  { plan, leaks }: StudyResults,
): Promise<ReadonlyMap<Arm, readonly LeakedRows[]>> {
  const found = new Map<Arm, LeakedRows[]>()
  for (const arm of arms) {
    const finished = arm.planned.filter(({ seed }) => !arm.missing.includes(seed))
    const ofArm: LeakedRows[] = []
    // Seeds of one division are taught the same rows.
    for (const planned of splits === undefined ? arm.planned.slice(0, 1) : finished) {
      const key = ownTest(planned, task)?.key
      const test = key && plan.steps.get(key)
      if (test?.kind !== 'evaluate') continue
      // The same seed where there are splits: another one's training rows are its own affair.
      const other =
        splits === undefined ? reference?.planned[0] : reference?.planned.find(({ seed }) => seed === planned.seed)
      const leaked = await leaks.find(test.data, [...planned.teach, ...(other?.teach ?? [])])
      if (leaked !== undefined) ofArm.push(leaked)
    }
    if (ofArm.some((one) => leakedCount(one) > 0)) found.set(arm, ofArm)
  }
  return found
}

function countsOf(leaked: readonly LeakedRows[]): Omit<LeakCounts, 'comparison'> {
  const counts = leaked.map(leakedCount)
  return { rows: Math.max(...counts), fewest: Math.min(...counts) }
}

interface MissingRuns {
  /** `mt5 -> res, seed 43, is not finished on res`, or `…, is not tested on res, as "teach mt5 -> res, seed 43" failed: …` */
  readonly sentences: readonly string[]
  readonly failed: number
}

function missingOf(arms: readonly Arm[] | undefined, task: string, results: StudyResults): MissingRuns {
  const unfinished =
    arms?.flatMap(({ planned, missing }) => planned.filter(({ seed }) => missing.includes(seed))) ??
    results.plan.chains.filter((planned) => ownTest(planned, task) !== undefined)
  const failures = unfinished.map((planned) => firstFailure([...planned.teach, ownTest(planned, task)?.key], results))
  const sentences = unfinished.map(({ chain, seed }, index) => {
    const failure = failures[index]
    const what =
      failure === undefined ? `is not finished on ${task}` : `is not tested on ${task}, as ${failureText(failure)}`
    return `${chain.label}, seed ${seed}, ${what}`
  })
  return { sentences, failed: failures.filter((failure) => failure?.damaged === false).length }
}
