import type { KeyInputs, StepKey } from '../keys.ts'
import type { ResultOf, StepKind } from '../steps/step-kinds.ts'

/** What `step.json` tells of a finished step. */
export interface StepRecord<Kind extends StepKind = StepKind> {
  readonly key: StepKey
  readonly kind: Kind
  readonly version: number
  readonly label: string
  readonly inputs: KeyInputs
  readonly study: string
  readonly program: string
  readonly host: { readonly name: string; readonly node: string; readonly cpus: number; readonly platform: string }
  readonly started: string
  readonly finished: string
  readonly seconds: number
  readonly result: ResultOf<Kind>
  /** Whether its `done.json` was written with hashes. */
  readonly sealed?: boolean
}
