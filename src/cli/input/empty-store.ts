import type { Plan } from '../../study/plan/plan.ts'
import { type Step, stepKindNames } from '../../study/steps/step-kinds.ts'
import type { Store } from '../../study/store/store.ts'
import { shellWord, shownPath } from '../print/program-call.ts'
import { type NearbyStore, nearbyStores } from './nearby-stores.ts'

/** A store that holds nothing of a study, or only its prepared rows while another store holds more. */
export interface EmptyStore {
  /** That it is empty, in one line, with the stores nearby that hold finished steps of the study. */
  readonly sentence: string
  /** Whether there are such stores. */
  readonly elsewhere: boolean
}

/** @returns `undefined` where the store holds what has come of the study so far */
export function emptyStore(plan: Plan, study: string, store: Store): EmptyStore | undefined {
  const begun = begunSteps(plan, store)
  if (begun.some(({ kind }) => kind !== 'prepare')) return undefined
  const others = nearbyStores(plan, study, store).filter(({ finished }) => finished > begun.length)
  if (begun.length > 0 && others.length === 0) return undefined
  const what = begun.length === 0 ? 'Nothing' : 'No more than prepared rows'
  const sentence = `${what} of study "${plan.study.name}" in its store "${shownPath(store.folder)}"`
  return { sentence: [sentence, ...others.slice(0, 3).map(holding(plan))].join('; '), elsewhere: others.length > 0 }
}

/** Steps of the plan of which anything is in the store: results, a state, a lock, why they failed. */
function begunSteps({ steps }: Plan, store: Store): Step[] {
  const known = new Set(stepKindNames.flatMap((kind) => store.keys(kind)))
  return [...steps.values()].filter(({ key }) => known.has(key))
}

function holding({ steps }: Plan): (other: NearbyStore) => string {
  return ({ folder, finished }) => {
    const shown = shownPath(folder)
    return `"${shown}" holds ${finished} of its ${steps.size} steps: --store ${shellWord(shown)}`
  }
}
