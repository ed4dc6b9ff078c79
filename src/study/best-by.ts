import { didYouMean } from '../base/nearest.ts'
import type { TeachSettings } from '../lesson/teach-settings.ts'
import { hasValidationRows } from './has-rows.ts'
import { scoreNames } from './score-names.ts'
import type { StudyTask } from './study.ts'

/**
 * Which value of what decides about a lesson's checkpoints is the best: that of its validation loss, or of the score of the
 * answers to its rows that `best_by` names.
 */
export function bestIs({
  settings: { best_by: bestBy },
  answers,
}: DecidedLesson): 'loss' | 'highest-value' | 'lowest-value' {
  if (bestBy === 'loss') return 'loss'
  const isLow = answers?.parts.some(({ task }) =>
    scoreNames(task).lowIsBetter.some((name) => bestBy === name || bestBy === `${task.name}.${name}`),
  )
  return isLow ? 'lowest-value' : 'highest-value'
}

interface DecidedLesson {
  readonly settings: Pick<TeachSettings, 'best_by'>
  /** The tasks that it answers at its evaluations. */
  readonly answers?: { readonly parts: readonly { readonly task: StudyTask }[] } | undefined
}

/**
 * What is wrong with the `best_by` or `keep` that a study gives a lesson, as a sentence; `undefined` when they can be used.
 * Where it gives neither, the last checkpoint is kept if no rows can decide.
 *
 * @param tasks the lesson's task, or those of its mixture
 */
export function bestByFault(
  lesson: string,
  { best_by: bestBy, keep }: Pick<TeachSettings, 'best_by' | 'keep'>,
  tasks: readonly StudyTask[],
  isMixture: boolean,
): string | undefined {
  const what = `keep the best checkpoint of "${lesson}" by "${bestBy}"`
  if (bestBy === 'loss') {
    if (keep === 'last' || tasks.every(hasValidationRows)) return undefined
    return `Cannot ${what} as its data has no validation rows: give "split" or "validation" a part of them, or write "keep: last"`
  }
  if (tasks.some(({ texts }) => texts.kind === 'spans')) {
    return `Cannot ${what} as span corruption has no answers to score: use "loss"`
  }
  const known = bestByNames(tasks, isMixture)
  if (!known.includes(bestBy)) {
    return `Unknown score "${bestBy}" of "${lesson}"${didYouMean(bestBy, known) || `: use ${known.join(', ')}`}`
  }
  if (keep === 'best' && !tasks.every(hasValidationRows)) {
    return `Cannot ${what} as its data has no validation rows: give "split" or "validation" a part of them`
  }
  return undefined
}

/** What is wrong with the `stop_after` of a lesson: evaluations decide, and they need rows. */
export function stopAfterFault(
  lesson: string,
  { stop_after: stopAfter }: Pick<TeachSettings, 'stop_after'>,
  tasks: readonly StudyTask[],
): string | undefined {
  if (stopAfter === 0 || tasks.every(hasValidationRows)) return undefined
  return `Cannot stop "${lesson}" early by "stop_after" as its data has no validation rows: give "split" or "validation" a part of them`
}

/**
 * The value that decides, from the scores of an evaluation.
 *
 * A mixture's scores are called `task.score`. `mean` is the mean of its tasks' first scores, each as a share of its
 * largest value; the plain name of a score that all its tasks have is the mean of theirs.
 *
 * @param tasks names of the tasks that were answered
 */
export function decidingValue(
  bestBy: string,
  scores: Readonly<Record<string, number>>,
  tasks: readonly string[],
): number | undefined {
  if (Object.hasOwn(scores, bestBy)) return scores[bestBy]
  const own = tasks.map((task) => scores[`${task}.${bestBy}`])
  const values = own.filter((value) => value !== undefined)
  if (values.length === 0 || values.length < own.length) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function bestByNames(tasks: readonly StudyTask[], isMixture: boolean): string[] {
  const lists = tasks.map((task) => scoreNames(task).all)
  const [first = [], ...others] = lists
  if (!isMixture) return ['loss', ...first]
  const shared = first.filter((name) => others.every((names) => names.includes(name)))
  return ['loss', 'mean', ...shared, ...tasks.flatMap(({ name }, i) => lists[i]!.map((score) => `${name}.${score}`))]
}
