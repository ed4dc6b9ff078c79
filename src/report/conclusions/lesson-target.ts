import { bestIs } from '../../study/best-by.ts'
import type { StepKey } from '../../study/keys.ts'
import { rowCounts } from '../../study/plan/estimate.ts'
import type { Plan, PlannedChain } from '../../study/plan/plan.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { Store } from '../../study/store/store.ts'
import { isFresh } from '../results/arms.ts'
import { bestOf, plannedRefusal, readDeciding } from './convergence.ts'

/** What a lesson is to reach: the best that the fresh start has come to. */
export interface LessonTarget {
  /** `loss`, or the score that decides about checkpoints. */
  readonly of: string
  readonly value: number
  readonly lowIsBetter: boolean
}

/**
 * What a lesson under way is to reach to be as good as the fresh start's with the same start, seed, rows and settings was at its
 * best; `undefined` where there is none, it is not finished, or the lesson is the fresh start's own.
 */
export async function lessonTarget(key: StepKey, plan: Plan, store: Store): Promise<LessonTarget | undefined> {
  const own = plan.chains.find(({ teach }) => teach.at(-1) === key)
  const task = own?.chain.lessons.at(-1)?.name
  if (own === undefined || task === undefined) return undefined
  const fresh = freshLesson(own, task, plan, store)
  if (fresh === undefined) return undefined
  const log = await readDeciding(store, fresh.key, task, fresh.settings.best_by, own.seed)
  const lowIsBetter = bestIs(fresh) !== 'highest-value'
  const value = log && bestOf(log, lowIsBetter ? -1 : 1)
  return value === undefined ? undefined : { of: fresh.settings.best_by, value, lowIsBetter }
}

function freshLesson(own: PlannedChain, task: string, plan: Plan, store: Store): TeachStep | undefined {
  if (isFresh(own.chain, task)) return undefined
  const step = (key: StepKey): TeachStep => plan.steps.get(key) as TeachStep
  const rows = rowCounts(plan, store)
  const lesson = step(own.teach.at(-1)!)
  return plan.chains
    .filter(({ chain, seed }) => seed === own.seed && chain.startName === own.chain.startName && isFresh(chain, task))
    .map(({ teach }) => step(teach.at(-1)!))
    .find((fresh) => store.isDone('teach', fresh.key) && plannedRefusal(lesson, fresh, rows) === undefined)
}
