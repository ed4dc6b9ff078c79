import type { OutsideInput } from '../contents/outside-input.ts'
import type { KeyInputs, StepKey } from '../keys.ts'
import type { FinishedSteps } from './finished-steps.ts'
import type { StepRunners, WorkContext } from './runners.ts'

/** What every node of the plan has, whatever its kind. */
export interface StepBase<Kind extends string = string> {
  readonly key: StepKey
  readonly kind: Kind
  /** For people: `prepare a2t`, `teach mt5 -> res, seed 42`. */
  readonly label: string
  /** Steps that must be finished before. */
  readonly needs: readonly StepKey[]
  /** Everything that the key is made of. */
  readonly inputs: KeyInputs
}

/** What a step is planned with: the node without what follows from its kind. */
export type Given<Step> = Step extends unknown ? Omit<Step, keyof StepBase> : never

/** All that there is to know of a kind of step. */
export interface StepRule<Step extends StepBase, Result extends object> {
  /**
   * Raised by hand when a step of the same inputs would give another result: another order of draws, another rule of
   * cleaning, a corrected gradient. Finished steps of an older version are then not taken for results of this one.
   */
  readonly version: number
  /**
   * Everything that can change the result, and nothing else. Left out, as they change none: names of the study, of tasks,
   * starts and chains, the place of the store, the number of threads, how often states are saved, what happens when a
   * lesson collapses, what other chains do.
   */
  inputs(given: Given<Step>): KeyInputs
  label(given: Given<Step>): string
  needs(given: Given<Step>): readonly StepKey[]
  /** Steps that its work reads besides, which are finished when those that it needs are. */
  reads?(step: Step): readonly StepKey[]
  /** Files beside the store that its work reads. */
  outside?(step: Step): readonly OutsideInput[]
  /**
   * Does the work into the step's folder.
   *
   * @returns what `step.json` shall tell of it
   * @throws {Fault} when it cannot be done
   */
  work(step: Step, place: StepPlace, context: StepContext): Promise<Result>
}

/** Where a step's work is done. */
export interface StepPlace {
  /** An empty folder for the results. */
  readonly folder: string
  /** Stays until the step is finished, through crashes: the state of an interrupted lesson, answers that were given. */
  readonly stateFolder: string
}

export interface StepContext extends WorkContext {
  readonly runners: StepRunners
  readonly done: FinishedSteps
}
