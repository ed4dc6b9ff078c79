import { existsSync, realpathSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import { sha256Of } from '../../content/sha256.ts'
import { asJson, type Json, type StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { type StepKind, stepKindNames } from '../steps/step-kinds.ts'
import { listFolder } from '../store/folders.ts'
import type { StoreLayout } from '../store/layout.ts'
import { keepsWeights, usersOf } from './spent-weights.ts'

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

interface KeptClaim {
  readonly study: string
  readonly file: string
  readonly steps: readonly StepKey[]
  /** Lessons whose weights stay once all is done. */
  readonly kept: readonly StepKey[]
  /** Of other lessons the steps that begin with them. */
  readonly users: Readonly<Record<StepKey, readonly (readonly [StepKind, StepKey])[]>>
  readonly contents: InputContents
}

/** Hashes of what the files of tasks and starts held, by their names. */
interface InputContents {
  readonly tasks: Readonly<Record<string, string>>
  readonly starts: Readonly<Record<string, string>>
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
  const lessons = [...steps.values()].filter(({ kind }) => kind === 'teach').map(({ key }) => key)
  const claim: KeptClaim = {
    study: study.name,
    file: realFile(study.file),
    steps: [...steps.keys()],
    kept: lessons.filter((key) => keepsWeights(plan, key, undefined)),
    users: Object.fromEntries(
      lessons
        .filter((key) => !keepsWeights(plan, key, undefined))
        .map((key) => [key, usersOf(plan, key).map((user) => [user.kind, user.key])]),
    ),
    contents: contentsOf(plan),
  }
  const file = claimFile(store, claim.study, claim.file)
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
  const claim = readSealedJson(claimFile(store, name, realFile(file))) as KeptClaim | undefined
  if (claim === undefined) return undefined
  const now = contentsOf(plan)
  const changed = (field: keyof InputContents): string[] =>
    Object.entries(claim.contents[field]).flatMap(([one, hash]) => ((now[field][one] ?? hash) === hash ? [] : [one]))
  const [tasks, starts] = [changed('tasks'), changed('starts')]
  if (tasks.length + starts.length === 0) return undefined
  const steps = claim.steps.filter(
    (key) => !plan.steps.has(key) && stepKindNames.some((kind) => store.isDone(kind, key)),
  ).length
  return steps === 0 ? undefined : { tasks, starts, steps }
}

function contentsOf({ steps, chains }: Plan): InputContents {
  const hash = (content: Json): string => sha256Of(JSON.stringify(content)).slice(0, 16)
  const tasks: Record<string, string> = {}
  for (const step of steps.values()) {
    if (step.kind === 'prepare' && step.mixture === undefined) tasks[step.task.name] = hash(asJson(step.content))
  }
  const starts: Record<string, string> = {}
  for (const { chain, teach } of chains) {
    const first = teach[0] === undefined ? undefined : steps.get(teach[0])
    if (first?.kind !== 'teach' || first.start.kind === 'step') continue
    const { start } = first
    starts[chain.start.name] = hash(start.kind === 'folder' ? start.content : start.tokenizerContent)
  }
  return { tasks, starts }
}

/** Files of other studies with a study's name, which write their tables where it does. */
export function namesakesOf(plan: Pick<Plan, 'study'>, store: StoreLayout & IsDone): string[] {
  return otherClaims([plan], store).flatMap(({ study, file }) => (study === plan.study.name ? [file] : []))
}

/** What studies other than these were last run with: of the same name where their files are still there. */
export function otherClaims(plans: readonly Pick<Plan, 'study'>[], store: StoreLayout & IsDone): StudyClaim[] {
  return claimNames(store).flatMap((name): StudyClaim[] => {
    const claim = readSealedJson(join(store.claimsFolder, name)) as KeptClaim | undefined
    if (claim === undefined || !isOther(claim, plans)) return []
    const kept = new Set(claim.kept)
    return [
      {
        study: claim.study,
        file: claim.file,
        steps: new Set(claim.steps),
        needsWeights: (key) =>
          kept.has(key) || (claim.users[key] ?? []).some(([kind, user]) => !store.isDone(kind, user)),
      },
    ]
  })
}

interface IsDone {
  isDone(kind: StepKind, key: StepKey): boolean
}

/** Forgets what studies needed that are none of these: those whose file is gone or another by now, or all others. */
export function forgetClaims(plans: readonly Plan[], store: StoreLayout, which: 'gone' | 'others'): void {
  const own = new Set(plans.map(({ study }) => basename(claimFile(store, study.name, realFile(study.file)))))
  for (const name of claimNames(store)) {
    const claim = readSealedJson(join(store.claimsFolder, name)) as KeptClaim | undefined
    const isGone = claim === undefined || !isOther(claim, plans)
    if (!own.has(name) && (isGone || which === 'others')) rmSync(join(store.claimsFolder, name), { force: true })
  }
}

function isOther(claim: KeptClaim, plans: readonly Pick<Plan, 'study'>[]): boolean {
  const namesakes = plans.filter(({ study }) => study.name === claim.study)
  if (namesakes.length === 0) return true
  return namesakes.every(({ study }) => realFile(study.file) !== claim.file) && existsSync(claim.file)
}

function claimNames(store: StoreLayout): string[] {
  return listFolder(store.claimsFolder).filter((name) => name.endsWith('.json'))
}

function claimFile(store: StoreLayout, study: string, file: string): string {
  return store.claimFile(sha256Of(JSON.stringify([study, file])))
}

/** Links are followed, so that a file has one name. */
function realFile(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return resolve(file)
  }
}
