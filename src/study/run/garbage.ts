import { Fault } from '../../base/fault.ts'
import type { Lock } from '../../base/lock.ts'
import { isDiskFull } from '../../base/system-fault.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import { jobOwner, removeJobFiles } from '../store/job-files.ts'
import { type Lease, type LivingLease, livingLeases, removeDeadLeases, whileTidying } from '../store/lease.ts'
import { removeNextCache, removeStaleFiles, type StaleFile } from '../store/stale-files.ts'
import type { Store } from '../store/store.ts'
import { removeTrials } from '../store/trial-folder.ts'
import type { Study } from '../study.ts'
import { spentWeights, weightNeeds } from './spent-weights.ts'
import { claimedBefore, forgetClaims, otherClaims } from './study-claims.ts'

/** Something that was removed, or would be. */
export type Removed = RemovedOfStep | RemovedFile

interface RemovedOfStep {
  readonly kind: StepKind
  readonly key: StepKey
  readonly what: 'rests' | 'step' | 'weights'
  readonly bytes: number
  /** What the step is and whose, where it was finished. */
  readonly label?: string
  readonly study?: string
}

/** A step in a store that none of some studies has. */
export interface ForeignStep {
  readonly kind: StepKind
  readonly key: StepKey
  /** The study that it was done for, or that needs it besides, and what it is; `undefined` of one that was not finished, nor a job. */
  readonly study: string | undefined
  /** The file of a study that has the name of a given one. */
  readonly file?: string
  readonly label: string | undefined
}

interface RemovedFile extends StaleFile {
  /**
   * `trial`: files of a measurement that was broken off; `stale`: what rests on steps that are gone, or was half written;
   * `cache`: what is worked out again when it is needed.
   */
  readonly what: 'trial' | 'stale' | 'cache'
}

export interface GarbageOptions {
  /** Studies whose steps stay; without any, every step stays. */
  readonly plans: readonly Plan[]
  /** Which of their weights stay. Default: as each study says. */
  readonly weights?: Study['weights']
  /** Removes what was done for studies of other names, too. @default false */
  readonly otherStudies?: boolean
  readonly dryRun: boolean
}

/**
 * Frees space in a store: what crashes have left, steps that were done for the studies and that they no longer have, with what
 * reports have worked out from them, and weights that the studies do not keep. What a run needs that is at work in the store stays, and so does
 * everything that is younger than the oldest such run.
 *
 * On a disk so full that not even a lock can be written, rests of crashes go first that nobody can be at, then what reports and
 * lessons keep for themselves, as much as it takes.
 *
 * @throws {Fault} if somebody without a lease works on a step, or somebody else tidies
 */
export function collectGarbage(store: Store, options: GarbageOptions): Removed[] {
  const removed: Removed[] = []
  if (options.dryRun) {
    tidy(store, options, removed)
    return removed
  }
  for (;;) {
    try {
      whileTidying(store, (lock) => tidy(store, options, removed, lock))
      return removed
    } catch (error) {
      const freed = isDiskFull(error) ? removeForRoom(store) : undefined
      if (freed === undefined) throw error
      removed.push(freed)
    }
  }
}

/** Frees some room without a lock. @returns nothing where that cannot be done */
function removeForRoom(store: Store): Removed | undefined {
  const leases = livingLeases(store)
  const rests = store.removeNextRests((key) => isLeased(leases, key))
  if (rests !== undefined) return { ...rests, what: 'rests' }
  const cache = removeNextCache(store)
  return cache && { ...cache, what: 'cache' }
}

/**
 * Does something to a step that nobody is at, also where there is no room for its lock: a run that begins waits for the end of the
 * tidying.
 *
 * @returns `undefined` while somebody is
 */
function whileFree<T>(store: Store, kind: StepKind, key: StepKey, work: () => T): T | undefined {
  try {
    return store.whileFree(kind, key, work)
  } catch (error) {
    if (!isDiskFull(error) || store.worker(kind, key) !== undefined) throw error
    return work()
  }
}

function tidy(store: Store, options: GarbageOptions, removed: Removed[], lock?: Lock): void {
  const { plans, dryRun } = options
  const whenFree = (kind: StepKind, key: StepKey, what: RemovedOfStep['what'], remove: () => number): void => {
    const whose = ownerOf(store, kind, key)
    const bytes = dryRun ? remove() : (whileFree(store, kind, key, remove) ?? 0)
    if (bytes > 0) removed.push({ kind, key, what, bytes, ...whose })
  }
  const leases = livingLeases(store)
  const all = stepKindNames.flatMap((kind) =>
    [...store.namesByStep(kind)].map(([key, names]) => ({ kind, key, names })),
  )
  if (leases.length === 0) refuseWorkers(store, all)
  const free = all.filter(({ kind, key }) => !isLeased(leases, key) && !isYounger(leases, store.changedMs(kind, key)))
  const spared = options.otherStudies === true ? [] : foreignSteps(plans, store)
  const claims = options.otherStudies === true ? [] : otherClaims(plans, store)
  const wanted = new Set([...plans.flatMap(({ steps }) => [...steps.keys()]), ...spared.map(({ key }) => key)])
  for (const { kind, key, names } of free) {
    lock?.beat()
    if (plans.length > 0 && !wanted.has(key)) {
      whenFree(kind, key, 'step', () => store.removeStep(kind, key, names, dryRun))
    } else if (store.removeRests(kind, key, names, true) > 0) {
      whenFree(kind, key, 'rests', () => store.removeRests(kind, key, names, dryRun))
    }
  }
  const keptBy = (plan: Plan): Study['weights'] => options.weights ?? plan.study.weights
  const needs = new Map(plans.map((plan) => [plan, weightNeeds(plan, store, keptBy(plan))]))
  for (const plan of plans) {
    // What another study keeps, or has still to begin with, it would have to teach again.
    const others = plans.filter((other) => other !== plan).map((other) => needs.get(other)!)
    for (const key of spentWeights(plan, store, keptBy(plan))) {
      const isKept = [...others, ...claims.map(({ needsWeights }) => needsWeights)].some((isNeeded) => isNeeded(key))
      if (isKept || isLeased(leases, key)) continue
      whenFree('teach', key, 'weights', () => store.removeWeights(key, dryRun))
    }
  }
  if (!dryRun) {
    removeDeadLeases(store)
    if (plans.length > 0) forgetClaims(plans, store, options.otherStudies === true ? 'others' : 'gone')
  }
  const names = new Set(plans.map(({ study }) => study.name))
  /** Of another study's steps that wait nothing is in the store but their jobs. */
  const isForgotten = (key: StepKey, study: string | undefined): boolean =>
    plans.length > 0 &&
    !wanted.has(key) &&
    !isLeased(leases, key) &&
    !claims.some(({ steps }) => steps.has(key)) &&
    (options.otherStudies === true || (study !== undefined && names.has(study)))
  const isGone = (kind: StepKind, key: StepKey): boolean =>
    !isLeased(leases, key) && (!store.isDone(kind, key) || (plans.length > 0 && !wanted.has(key)))
  removed.push(
    ...removeTrials(store, dryRun).map((one) => ({ ...one, what: 'trial' as const })),
    ...removeStaleFiles(store, isGone, dryRun).map((one) => ({ ...one, what: 'stale' as const })),
    ...removeJobFiles(store, isForgotten, dryRun).map((one) => ({ ...one, what: 'stale' as const })),
  )
}

/** Lessons whose weights the given studies do not keep, and another one does. */
export interface SparedWeights {
  readonly study: string
  readonly file: string
  readonly lessons: number
}

/** @param weights in place of what the studies say */
export function sparedWeights(plans: readonly Plan[], store: Store, weights?: Study['weights']): SparedWeights[] {
  const spent = new Set(plans.flatMap((plan) => spentWeights(plan, store, weights ?? plan.study.weights)))
  return otherClaims(plans, store).flatMap(({ study, file, needsWeights }) => {
    const lessons = [...spent].filter(needsWeights).length
    return lessons === 0 ? [] : [{ study, file, lessons }]
  })
}

/**
 * Steps that were done for studies of other names than the given ones, that another study was last run with, or that nobody knows
 * whose they are though there is a state to go on from: several studies may share a store.
 *
 * @returns none where no study is given
 */
export function foreignSteps(plans: readonly Plan[], store: Store): ForeignStep[] {
  if (plans.length === 0) return []
  const names = new Set(plans.map(({ study }) => study.name))
  const claims = otherClaims(plans, store)
  const before = claimedBefore(plans, store)
  return stepKindNames.flatMap((kind) =>
    store.keys(kind).flatMap((key): ForeignStep[] => {
      if (plans.some(({ steps }) => steps.has(key))) return []
      const { study, label } = ownerOf(store, kind, key)
      const claim = claims.find(({ steps }) => steps.has(key))
      if (claim !== undefined) {
        return [{ kind, key, study: claim.study, label, ...(names.has(claim.study) ? { file: claim.file } : {}) }]
      }
      const isForeign = study === undefined ? !before.has(key) && store.hasState(kind, key) : !names.has(study)
      return isForeign ? [{ kind, key, study, label }] : []
    }),
  )
}

function ownerOf(store: Store, kind: StepKind, key: StepKey): { readonly study?: string; readonly label?: string } {
  if (!store.isDone(kind, key)) return jobOwner(store, key)
  try {
    const { study, label } = store.record(kind, key)
    return { study, label }
  } catch (error) {
    if (error instanceof Fault) return {}
    throw error
  }
}

/** A worker without a lease is of a program that knows none: nothing tells what it needs. */
function refuseWorkers(store: Store, steps: readonly { kind: StepKind; key: StepKey }[]): void {
  for (const { kind, key } of steps) {
    const worker = store.worker(kind, key)
    if (worker === undefined) continue
    throw new Fault(
      `Cannot tidy "${store.folder}" while process ${worker.pid} on ${worker.host} works in it: wait for its end, or stop it`,
    )
  }
}

function isLeased(leases: readonly LivingLease[], key: StepKey): boolean {
  return leases.some(({ steps }) => steps === undefined || steps.has(key))
}

/** Clocks of disks count in steps of up to two seconds. */
function isYounger(leases: readonly LivingLease[], changedMs: number): boolean {
  return leases.some(({ sinceMs }) => changedMs > sinceMs - 2000)
}

/**
 * Removes the weights that a finished study does not keep, unless another run needs them.
 *
 * @param own the lease of the run that asks
 * @throws {Fault} as {@link collectGarbage}
 */
export function removeSpentWeights(plan: Plan, store: Store, own: Lease): void {
  const spent = spentWeights(plan, store, plan.study.weights)
  if (spent.length === 0) return
  // A run that begins meanwhile waits: what it needs is not among the leases yet.
  whileTidying(store, (lock) => {
    const others = livingLeases(store, own)
    const claims = otherClaims([plan], store)
    for (const key of spent) {
      lock.beat()
      if (!isLeased(others, key) && !claims.some((claim) => claim.needsWeights(key)))
        store.whileFree('teach', key, () => store.removeWeights(key, false))
    }
  })
}
