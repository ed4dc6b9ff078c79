import { existsSync, rmSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { realPath } from '../../base/paths.ts'
import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import { sha256Of } from '../../content/sha256.ts'
import { asJson, type Json, type StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { type Step, type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import { listFolder } from '../store/folders.ts'
import type { StoreLayout } from '../store/layout.ts'
import { keepsWeights } from './spent-weights.ts'
import { usersOf } from './step-users.ts'

/**
 * What a study was last run with: a step that it found finished was done for the study that came first, whose name alone stands in
 * the step's record.
 */
export interface StudyClaim {
  readonly study: string
  /** The study's file, absolute, on the machine that ran it. */
  readonly file: string
  readonly steps: ReadonlySet<StepKey>
  /** Whether the study keeps a lesson's weights, or has still to begin with them. */
  needsWeights(key: StepKey): boolean
}

/** Another one is of another program, and no claim to this. */
const version = 1

interface KeptClaim {
  readonly version: typeof version
  readonly study: string
  /** The study's file, absolute, and from the store on: of a project that is copied or moved the second stays. */
  readonly file: string
  readonly path: string
  readonly steps: readonly StepKey[]
  /** Lessons whose weights stay once all is done. */
  readonly kept: readonly StepKey[]
  /** Of other lessons the steps that begin with them. */
  readonly users: Readonly<Record<StepKey, readonly (readonly [StepKind, StepKey])[]>>
  readonly contents: InputContents
}

/** Names of tasks and starts with a hash of what their files held. */
interface InputContents {
  readonly tasks: readonly (readonly [name: string, hash: string])[]
  readonly starts: readonly (readonly [name: string, hash: string])[]
}

/** What of a study's files is another than when it was last run. */
export interface ChangedInputs {
  readonly tasks: readonly string[]
  readonly starts: readonly string[]
  /** Finished steps of what they were. */
  readonly steps: number
}

/** Writes down what a study needs of a store; one that cannot be written has no memory. */
export function keepClaim(plan: Plan, store: StoreLayout): void {
  const { study, steps } = plan
  const lessons = [...usersOf(plan)].filter(([key]) => steps.get(key)!.kind === 'teach')
  const isKept = (users: readonly Step[]): boolean => keepsWeights(users, study.weights)
  const claim: KeptClaim = {
    version,
    study: study.name,
    file: realPath(study.file),
    path: pathFrom(store, study.file),
    steps: [...steps.keys()],
    kept: lessons.flatMap(([key, users]) => (isKept(users) ? [key] : [])),
    users: Object.fromEntries(
      lessons.flatMap(([key, users]) => (isKept(users) ? [] : [[key, users.map((user) => [user.kind, user.key])]])),
    ),
    contents: contentsOf(plan),
  }
  const file = claimFile(store, claim)
  if (JSON.stringify(readSealedJson(file)) === JSON.stringify(claim)) return
  try {
    writeSealedJson(file, claim)
  } catch {
    // Nothing is removed where nothing can be written.
  }
}

/** What a study's files hold that they did not when it was last run, where anything has come of that; else `undefined`. */
export function changedInputs(plan: Plan, store: StoreLayout & IsDone): ChangedInputs | undefined {
  const { name, file } = plan.study
  const claim = readClaim(claimFile(store, { study: name, path: pathFrom(store, file) }))
  if (claim === undefined) return undefined
  const now = contentsOf(plan)
  const changed = (field: keyof InputContents): string[] => {
    const hashes = new Map(now[field])
    return claim.contents[field].flatMap(([one, hash]) => ((hashes.get(one) ?? hash) === hash ? [] : [one]))
  }
  const [tasks, starts] = [changed('tasks'), changed('starts')]
  if (tasks.length + starts.length === 0) return undefined
  const steps = claim.steps.filter(
    (key) => !plan.steps.has(key) && stepKindNames.some((kind) => store.isDone(kind, key)),
  ).length
  return steps === 0 ? undefined : { tasks, starts, steps }
}

function contentsOf({ steps, chains }: Plan): InputContents {
  const hash = (content: Json): string => sha256Of(JSON.stringify(content)).slice(0, 16)
  const tasks = new Map<string, string>()
  for (const step of steps.values()) {
    if (step.kind === 'prepare' && step.mixture === undefined) tasks.set(step.task.name, hash(asJson(step.content)))
  }
  const starts = new Map<string, string>()
  for (const { chain, teach } of chains) {
    const first = teach[0] === undefined ? undefined : steps.get(teach[0])
    if (first?.kind !== 'teach' || first.start.kind === 'step') continue
    const { start } = first
    starts.set(chain.start.name, hash(start.kind === 'folder' ? start.content : start.tokenizerContent))
  }
  return { tasks: [...tasks], starts: [...starts] }
}

/** Files of other studies with a study's name, which write their tables where it does. */
export function namesakesOf(plan: Pick<Plan, 'study'>, store: StoreLayout & IsDone): string[] {
  return otherClaims([plan], store).flatMap(({ study, file }) => (study === plan.study.name ? [file] : []))
}

/** What studies other than these were last run with: of the same name where their files are still there. */
export function otherClaims(plans: readonly Pick<Plan, 'study'>[], store: StoreLayout & IsDone): StudyClaim[] {
  return claimNames(store).flatMap((name): StudyClaim[] => {
    const claim = readClaim(join(store.claimsFolder, name))
    if (claim === undefined || !isOther(claim, plans, store)) return []
    const kept = new Set(claim.kept)
    return [
      {
        study: claim.study,
        file: placesOf(claim, store).find((place) => existsSync(place)) ?? claim.file,
        steps: new Set(claim.steps),
        needsWeights: (key) =>
          kept.has(key) || (claim.users[key] ?? []).some(([kind, user]) => !store.isDone(kind, user)),
      },
    ]
  })
}

/** The steps that these studies were last run with, whatever they have become since. */
export function claimedBefore(plans: readonly Pick<Plan, 'study'>[], store: StoreLayout): ReadonlySet<StepKey> {
  const claims = claimNames(store).map((name) => readClaim(join(store.claimsFolder, name)))
  return new Set(claims.flatMap((claim) => (claim === undefined || isOther(claim, plans, store) ? [] : claim.steps)))
}

interface IsDone {
  isDone(kind: StepKind, key: StepKey): boolean
}

/** Forgets what studies needed that are none of these: those whose file is gone or another by now, or all others. */
export function forgetClaims(plans: readonly Plan[], store: StoreLayout, which: 'gone' | 'others'): void {
  const own = new Set(
    plans.map(({ study }) => basename(claimFile(store, { study: study.name, path: pathFrom(store, study.file) }))),
  )
  for (const name of claimNames(store)) {
    const claim = readClaim(join(store.claimsFolder, name))
    const isGone = claim === undefined || !isOther(claim, plans, store)
    if (!own.has(name) && (isGone || which === 'others')) rmSync(join(store.claimsFolder, name), { force: true })
  }
}

/** A file is one study, whatever it was called before. */
function isOther(claim: KeptClaim, plans: readonly Pick<Plan, 'study'>[], store: StoreLayout): boolean {
  const places = placesOf(claim, store)
  if (plans.some(({ study }) => places.includes(realPath(study.file)))) return false
  return plans.every(({ study }) => study.name !== claim.study) || places.some((place) => existsSync(place))
}

function placesOf({ file, path }: KeptClaim, store: StoreLayout): string[] {
  return [resolve(realPath(store.folder), path), file]
}

function claimNames(store: StoreLayout): string[] {
  return listFolder(store.claimsFolder).filter((name) => name.endsWith('.json'))
}

function readClaim(file: string): KeptClaim | undefined {
  const kept = readSealedJson(file)
  return kept?.version === version ? (kept as unknown as KeptClaim) : undefined
}

function claimFile(store: StoreLayout, { study, path }: Pick<KeptClaim, 'study' | 'path'>): string {
  return store.claimFile(sha256Of(JSON.stringify([study, path])))
}

function pathFrom(store: StoreLayout, file: string): string {
  return relative(realPath(store.folder), realPath(file))
}
