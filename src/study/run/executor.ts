import { Fault } from '../../base/fault.ts'
import type { LockHolder } from '../../base/lock.ts'
import { outOfFiles, systemCode } from '../../base/system-fault.ts'
import type { TeachRequest } from '../../lesson/protocol.ts'
import type { ClusterRequest } from '../cluster-request.ts'
import type { StepKey } from '../keys.ts'
import type { StepProgress, StepRunners } from '../steps/runners.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Store } from '../store/store.ts'

/**
 * A way to get steps done, such as in processes of this machine. Which one does a step changes nothing of its result: it
 * ends in the store, under the step's lock.
 */
export interface Executor {
  /** Whether this process itself reads what a step needs, and so looks at every file of it before. */
  readonly readsHere: boolean
  /** Steps that may be under way at once. */
  readonly capacity: number
  /** Whether a step may begin beside those that are under way. */
  hasRoom(step: Step, underWay: ReadonlyMap<StepKey, Step>): boolean
  /**
   * Begins a step whose needs are finished.
   *
   * @throws {Fault} if it cannot even begin: the store cannot be written
   */
  begin(step: Step, order: StepOrder): Begun
}

/** How a step is to be done, and who is told of it. */
export interface StepOrder {
  /** Whether a lesson that is finished, but whose weights were removed, is to be taught again. */
  readonly repeat: boolean
  /** Aborting ends the work in good order, a lesson with its state saved. */
  readonly signal: AbortSignal
  onProgress(progress: StepProgress): void
  onNotice(sentence: string): void
  onNote(sentence: string): void
}

/** What has come of beginning a step: somebody else has finished it meanwhile, is at it, or it is under way. */
export type Begun =
  | { readonly state: 'finished-before' }
  | { readonly state: 'held'; readonly holder: LockHolder }
  | { readonly state: 'begun'; readonly outcome: Promise<StepOutcome> }

export type StepOutcome =
  | { readonly state: 'finished'; readonly seconds: number }
  | ({ readonly state: 'failed' } & StepFault)
  | { readonly state: 'interrupted' }
  /** Another process has taken it over: it is to be asked for again. */
  | { readonly state: 'lost' }

/** Why a step has failed. */
export interface StepFault {
  readonly reason: string
  /** A failure that is this program's own, not the user's or the machine's. */
  readonly bug?: Error
}

/** What any executor is made with. */
export interface ExecutorOptions {
  readonly store: Store
  readonly runners: StepRunners
  /** Steps that run side by side. @default 1 */
  readonly jobs?: number
  /** Threads of this machine that may be used, shared evenly among the jobs. Default: all cores. */
  readonly threads?: number
  /** What a lesson does whose state another processor or runtime has computed. @default 'warn' */
  readonly elsewhere?: TeachRequest['elsewhere']
  /** Steps run side by side only while the memory that they are expected to take together stays below this. */
  readonly memory?: { readonly limitBytes: number; bytesOf(step: Step): number }
  /** Name and version of this program, for `step.json`. */
  readonly program: string
  /** For an executor whose steps are jobs of a cluster. */
  readonly cluster?: ClusterWork
}

/** How steps become jobs of a cluster. */
export interface ClusterWork {
  readonly request: ClusterRequest
  /** The command line that does one step of the study, from any folder of any node. */
  stepCommand(key: string): readonly string[]
  /** What a step is expected to take, as far as it is known. */
  needsOf(step: Step): { readonly seconds?: number; readonly bytes?: number }
  /** Told how the queue stands, when that has changed. */
  onQueue(sentence: string): void
  /** Told the jobs that are, or will be, at work, whenever the queue has been asked. */
  onJobs?(jobs: ReadonlyMap<StepKey, ClusterJob>): void
}

/** A job in the queue of a cluster. */
export interface ClusterJob {
  readonly id: string
  readonly state: string
  /** Why it waits. */
  readonly reason: string
  /** Where it runs. */
  readonly nodes: string
}

/** An error that ended a step, as its reason. */
export function stepFault(error: unknown): StepFault {
  if (error instanceof Fault) return { reason: error.describe() }
  const files = outOfFiles(error)
  if (files !== undefined) return { reason: `Cannot go on as ${files}` }
  // A disk or folder that goes in the middle is nobody's mistake here.
  if (systemCode(error) !== undefined)
    return { reason: `Cannot go on as a file was refused (${(error as Error).message})` }
  const bug = error instanceof Error ? error : new Error(String(error))
  return { reason: bug.message, bug }
}
