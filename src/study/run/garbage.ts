import { Fault } from '../../base/fault.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import { removeStaleFiles, type StaleFile } from '../store/stale-files.ts'
import type { Store } from '../store/store.ts'
import { removeTrials } from '../store/trial-folder.ts'
import type { Study } from '../study.ts'

/** Something that was removed, or would be. */
export type Removed = RemovedOfStep | RemovedFile

interface RemovedOfStep {
  readonly kind: StepKind
  readonly key: StepKey
  readonly what: 'rests' | 'step' | 'weights'
  readonly bytes: number
}

interface RemovedFile extends StaleFile {
  /** `trial`: files of a measurement that was broken off; `stale`: what rests on steps that are gone, or was half written. */
  readonly what: 'trial' | 'stale'
}

export interface GarbageOptions {
  /** Studies whose steps stay; without any, every step stays. */
  readonly plans: readonly Plan[]
  /** Which of their weights stay. Default: as each study says. */
  readonly weights?: Study['weights']
  readonly dryRun: boolean
}

/**
 * Frees space in a store: what crashes have left, steps that none of the studies has with what reports have worked out
 * from them, and weights that the studies do not keep.
 *
 * @throws {Fault} if a run is at work in the store
 */
export function collectGarbage(store: Store, options: GarbageOptions): Removed[] {
  const { plans, dryRun } = options
  const removed: Removed[] = []
  const note = (kind: StepKind, key: StepKey, what: RemovedOfStep['what'], bytes: number): void => {
    if (bytes > 0) removed.push({ kind, key, what, bytes })
  }
  const all = stepKindNames.flatMap((kind) => store.keys(kind).map((key) => ({ kind, key })))
  for (const { kind, key } of all) {
    const worker = store.worker(kind, key)
    if (worker === undefined) continue
    throw new Fault(
      `Cannot tidy "${store.folder}" while process ${worker.pid} on ${worker.host} works in it: wait for its end, or stop it`,
    )
  }
  const wanted = new Set(plans.flatMap(({ steps }) => [...steps.keys()]))
  for (const { kind, key } of all) {
    if (plans.length > 0 && !wanted.has(key)) note(kind, key, 'step', store.removeStep(kind, key, dryRun))
    else note(kind, key, 'rests', store.removeRests(kind, key, dryRun))
  }
  for (const plan of plans) {
    for (const key of spentWeights(plan, store, options.weights ?? plan.study.weights)) {
      // A lesson that another study keeps whole stays whole.
      const kept = plans.some((other) => other !== plan && keepsWeights(other, key, options.weights))
      if (!kept) note('teach', key, 'weights', store.removeWeights(key, dryRun))
    }
  }
  const isGone = (kind: StepKind, key: StepKey): boolean =>
    !store.isDone(kind, key) || (plans.length > 0 && !wanted.has(key))
  return [
    ...removed,
    ...removeTrials(store, dryRun).map((one) => ({ ...one, what: 'trial' as const })),
    ...removeStaleFiles(store, isGone, dryRun).map((one) => ({ ...one, what: 'stale' as const })),
  ]
}

/** Finished lessons whose weights the study does not keep, as everything that begins with them is done. */
export function spentWeights(plan: Plan, store: Store, keep: Study['weights']): StepKey[] {
  if (keep === 'all') return []
  const steps = [...plan.steps.values()]
  return steps.flatMap(({ kind, key }) => {
    if (kind !== 'teach' || !store.hasWeights(key)) return []
    const users = steps.filter(({ needs }) => needs.includes(key))
    const isLeaf = !users.some((user) => user.kind === 'teach')
    const isSpent = users.every((user) => store.isDone(user.kind, user.key))
    return isSpent && (keep === 'none' || !isLeaf) ? [key] : []
  })
}

function keepsWeights({ steps, study }: Plan, key: StepKey, weights: Study['weights'] | undefined): boolean {
  const keep = weights ?? study.weights
  if (!steps.has(key) || keep === 'none') return false
  const isLeaf = ![...steps.values()].some((step) => step.kind === 'teach' && step.needs.includes(key))
  return keep === 'all' || isLeaf
}
