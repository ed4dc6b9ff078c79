import { join } from 'node:path'
import { readPlainFile } from '../../base/atomic-file.ts'
import { settingText } from '../../lesson/teach-settings.ts'
import { type Interval, tInterval } from '../../metrics/statistics/intervals.ts'
import { mean } from '../../metrics/statistics/mean.ts'
import { bestIs } from '../../study/best-by.ts'
import type { StepKey } from '../../study/keys.ts'
import { estimateLesson, rowCounts } from '../../study/plan/estimate.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { Store } from '../../study/store/store.ts'
import type { TableRequest } from '../../study/study.ts'
import { fairSettings } from '../../study/unfairness-names.ts'
import { type Arm, type Arms, baselineOf, type Splits } from '../results/arms.ts'
import { readLosses, readScores, type SeedLog } from '../results/lesson-log.ts'
import type { StudyResults } from '../results/study-results.ts'

/** A mean over seeds; its 95 % t interval with more than one. */
export interface SeedMean {
  readonly mean: number
  readonly interval: Interval | undefined
}

export interface SeedConvergence {
  readonly seed: number
  /** The best value of the fresh start's lesson with the same seed. */
  readonly target: number
  /** The first evaluation that is as good: updates and minutes of the last lesson; absent when none is. */
  readonly updates: number | undefined
  readonly minutes: number | undefined
  /** Fresh start's loss - the arm's, integrated over updates: above 0 where the arm's is lower. */
  readonly trainingArea: number | undefined
  readonly validationArea: number | undefined
  /** The last lessons whose logs these are. */
  readonly lesson: StepKey
  readonly baselineLesson: StepKey
}

/** How fast a chain's last lesson gets to where the fresh start's has its best. */
export interface ArmConvergence {
  readonly chain: string
  readonly baseline: string
  /** Why the curves cannot be compared, as a sentence. */
  readonly refused: string | undefined
  readonly seeds: readonly SeedConvergence[]
  /** Over the seeds, when all of them get there. */
  readonly updates: SeedMean | undefined
  readonly minutes: SeedMean | undefined
  readonly trainingArea: SeedMean | undefined
  readonly validationArea: SeedMean | undefined
  /** Updates of the whole lesson. */
  readonly totalUpdates: number
}

/** A task's arms; values are validation losses unless another score decided which checkpoint was kept. */
export interface TaskConvergence {
  readonly task: string
  readonly decidedBy: string
  readonly arms: readonly ArmConvergence[]
}

/**
 * Compares how fast the last lessons of a task's chains learn.
 *
 * Updates and minutes count from the beginning of the last lesson to its first evaluation that is at least as good as
 * the best of the fresh start's lesson with the same seed; they are as coarse as `evaluate_every`. A lesson's time is
 * spread evenly over its updates, evaluations included. The areas are those between the two curves of loss against
 * updates: training by the sum over updates, validation by trapezoids between evaluations.
 *
 * Curves of lessons with other rows, settings, tokens or numbers of updates say nothing about starts: those are refused.
 */
export async function convergenceOf(
  { task, arms }: Arms,
  request: TableRequest,
  results: StudyResults,
): Promise<TaskConvergence | undefined> {
  const { plan, store } = results
  const rows = rowCounts(plan, store)
  const found: ArmConvergence[] = []
  let decidedBy = 'loss'
  for (const arm of arms) {
    // The table's fresh start stands beside itself, so that its own way to its best is told.
    const baseline = baselineOf(arm, arms, request) ?? arm
    const [lesson, fresh] = [lastLesson(arm, plan), lastLesson(baseline, plan)]
    if (lesson === undefined || fresh === undefined) continue
    const pairs = finishedPairs(arm, baseline, store)
    const refused = plannedRefusal(lesson, fresh, rows) ?? tokenRefusal(arm, baseline, pairs[0], store)
    decidedBy = fresh.settings.best_by
    const seeds = refused === undefined ? await compareSeeds(pairs, task, results) : []
    if (refused === undefined && seeds.length === 0) continue
    found.push({
      chain: arm.chain.label,
      baseline: baseline.chain.label,
      refused,
      seeds,
      updates: meanOfAll(seeds.map(({ updates }) => updates)),
      minutes: meanOfAll(seeds.map(({ minutes }) => minutes)),
      trainingArea: meanOfAll(seeds.map(({ trainingArea }) => trainingArea)),
      validationArea: meanOfAll(seeds.map(({ validationArea }) => validationArea)),
      totalUpdates: estimateLesson(lesson, rows).updates ?? Number.NaN,
    })
  }
  return found.length === 0 ? undefined : { task, decidedBy, arms: found }
}

function lastLesson({ planned }: Arm, plan: Plan): TeachStep | undefined {
  const key = planned[0]?.teach.at(-1)
  return key === undefined ? undefined : (plan.steps.get(key) as TeachStep)
}

/** Finished last lessons of one seed. */
interface FinishedPair {
  readonly seed: number
  readonly lesson: StepKey
  readonly baselineLesson: StepKey
}

function finishedPairs(arm: Arm, baseline: Arm, store: Store): FinishedPair[] {
  return arm.planned.flatMap(({ seed, teach }) => {
    const lesson = teach.at(-1)
    const baselineLesson = baseline.planned.find((planned) => planned.seed === seed)?.teach.at(-1)
    if (lesson === undefined || baselineLesson === undefined) return []
    const areDone = store.isDone('teach', lesson) && store.isDone('teach', baselineLesson)
    return areDone ? [{ seed, lesson, baselineLesson }] : []
  })
}

/** Loss per token of another tokenizer is another quantity. */
function tokenRefusal(arm: Arm, baseline: Arm, pair: FinishedPair | undefined, store: Store): string | undefined {
  if (pair === undefined || arm.chain.start === baseline.chain.start) return undefined
  const isSame = tokenizerFiles.every((name) => {
    const [own, fresh] = [pair.lesson, pair.baselineLesson].map((key) => bytesOf(join(store.modelFolder(key), name)))
    return own === undefined || fresh === undefined ? own === fresh : own.equals(fresh)
  })
  return isSame ? undefined : 'its loss is of other tokens'
}

/** As they stand beside a lesson's weights. */
const tokenizerFiles = ['tokenizer.json', 'spiece.model']

function bytesOf(path: string): Buffer | undefined {
  try {
    return readPlainFile(path)
  } catch {
    return undefined
  }
}

/** What the plan alone says against comparing the curves of two lessons. */
export function plannedRefusal(
  arm: TeachStep,
  fresh: TeachStep,
  rows: ReturnType<typeof rowCounts>,
): string | undefined {
  if (!arm.hasValidation) return 'its last lesson has no validation rows'
  if (arm.data !== fresh.data) return 'its last lesson is taught other rows'
  if (arm.prefix !== fresh.prefix) return 'its last lesson has another prefix'
  const differing = fairSettings.flatMap((name) => {
    // What is kept in the end changes no curve.
    if (name === 'keep') return []
    const [of, to] = [settingText(arm.settings, name), settingText(fresh.settings, name)]
    return of === to ? [] : [`${name} is ${of}, not ${to}`]
  })
  const updates = [arm, fresh].map((step) => estimateLesson(step, rows).updates)
  if (updates[0] !== updates[1]) differing.push(`it has ${updates[0]} updates, not ${updates[1]}`)
  return differing.length > 0 ? `it is taught otherwise: ${differing.join(', ')}` : undefined
}

async function compareSeeds(
  pairs: readonly FinishedPair[],
  task: string,
  { plan, store }: StudyResults,
): Promise<SeedConvergence[]> {
  const found: SeedConvergence[] = []
  for (const { seed, lesson, baselineLesson } of pairs) {
    const step = plan.steps.get(lesson) as TeachStep
    const bestBy = step.settings.best_by
    const read = (key: StepKey) => readDeciding(store, key, task, bestBy, seed)
    const [own, fresh] = [await read(lesson), await read(baselineLesson)]
    const outcome = store.soundResult('teach', lesson)
    if (own === undefined || fresh === undefined || outcome === undefined) continue
    const { seconds, steps } = outcome
    const sign = bestIs(step) === 'highest-value' ? 1 : -1
    const target = bestOf(fresh, sign)
    if (target === undefined) continue
    const updates = firstAsGood(own, target, sign)
    const area = async (log: 'train' | 'validation'): Promise<number | undefined> => {
      const [a, b] = [await readLosses(store, lesson, log, seed), await readLosses(store, baselineLesson, log, seed)]
      return a && b && (log === 'train' ? areaOfUpdates(b, a) : areaBetween(b, a))
    }
    found.push({
      seed,
      target,
      updates,
      minutes: updates === undefined ? undefined : ((seconds / steps) * updates) / 60,
      trainingArea: await area('train'),
      validationArea: await area('validation'),
      lesson,
      baselineLesson,
    })
  }
  return found
}

/** The values of a lesson's evaluations that decide about its checkpoints. */
export async function readDeciding(
  store: Store,
  key: StepKey,
  task: string,
  bestBy: string,
  seed: number,
): Promise<SeedLog | undefined> {
  if (bestBy === 'loss') return await readLosses(store, key, 'validation', seed)
  return await readScores(store, key, task, bestBy, seed)
}

/** @param sign 1 where more is better, -1 where less is */
export function bestOf({ values }: SeedLog, sign: 1 | -1): number | undefined {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return undefined
  return finite.reduce((best, value) => (sign * value > sign * best ? value : best))
}

/** The updates of the first value that is at least as good as the target. */
function firstAsGood({ updates, values }: SeedLog, target: number, sign: 1 | -1): number | undefined {
  const place = values.findIndex((value) => Number.isFinite(value) && sign * value >= sign * target)
  return place === -1 ? undefined : updates[place]
}

/** ∫ (a - b) over updates by trapezoids between those that both logs have; `undefined` with fewer than two. */
function areaBetween(a: SeedLog, b: SeedLog): number | undefined {
  const common = differences(a, b)
  if (common === undefined || common.length < 2) return undefined
  let area = 0
  for (let i = 1; i < common.length; i++) {
    const [before, here] = [common[i - 1]!, common[i]!]
    area += ((before.difference + here.difference) / 2) * (here.update - before.update)
  }
  return area
}

/** Σ (a - b) over updates, each of which has its own loss. */
function areaOfUpdates(a: SeedLog, b: SeedLog): number | undefined {
  const common = differences(a, b)
  return common?.reduce((sum, { difference }) => sum + difference, 0)
}

function differences(a: SeedLog, b: SeedLog): { update: number; difference: number }[] | undefined {
  const other = new Map(Array.from(b.updates, (update, i) => [update, b.values[i]!]))
  const common = Array.from(a.updates).flatMap((update, i) => {
    const value = other.get(update)
    return value === undefined ? [] : [{ update, difference: a.values[i]! - value }]
  })
  // A loss that was no number has no area.
  return common.length > 0 && common.every(({ difference }) => Number.isFinite(difference)) ? common : undefined
}

/** The mean over seeds; `undefined` when one of them has no value, as the others alone would tell too good a story. */
export function meanOfAll(values: readonly (number | undefined)[], splits?: Splits): SeedMean | undefined {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0 || known.length < values.length) return undefined
  if (known.length < 2) return { mean: mean(known), interval: undefined }
  const { low, high } = tInterval(known, 0.95, splits?.overlap)
  return { mean: mean(known), interval: { low, high } }
}
