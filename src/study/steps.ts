import type { TeachSettings } from '../lesson/teach-settings.ts'
import type { Json, StepKey, StepKind } from './keys.ts'
import type { Limits, StudyMixture, StudyTask } from './study.ts'

/** One node of the plan. */
export type Step = PrepareStep | PrepareMixtureStep | TeachStep | EvaluateStep | PrefixTestStep

interface StepBase {
  readonly key: StepKey
  readonly kind: StepKind
  /** For people: `prepare a2t`, `teach mt5 -> res, seed 42`. */
  readonly label: string
  /** Steps that must be finished before. */
  readonly needs: readonly StepKey[]
  /** Everything that the key is made of. */
  readonly inputs: Json
}

export interface PrepareStep extends StepBase {
  readonly kind: 'prepare'
  readonly task: StudyTask
  readonly mixture?: undefined
}

export interface PrepareMixtureStep extends StepBase {
  readonly kind: 'prepare'
  readonly mixture: StudyMixture
  readonly parts: readonly { readonly task: StudyTask; readonly data: StepKey; readonly ratio: number }[]
  readonly draw: MixtureDraw
}

/** What a mixture needs to know of the lesson that it is drawn for. */
export interface MixtureDraw {
  /** Of a mixture by tokens: what cuts its texts, and where they end. */
  readonly tokens?: { readonly tokenizer: string; readonly limits: Limits }
  /** Of a mixture by updates: rows of each. */
  readonly batch?: number
}

/** Where a lesson's weights come from. */
export type Weights =
  | { readonly kind: 'step'; readonly key: StepKey }
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'scratch'
      readonly config: Readonly<Record<string, unknown>>
      readonly tokenizer: string
      readonly seed: number
    }

export interface TeachStep extends StepBase {
  readonly kind: 'teach'
  readonly start: Weights
  readonly data: StepKey
  /** Put before every source; a mixture's rows have theirs already. */
  readonly prefix: string
  readonly spans: { readonly density: number; readonly meanSpan: number } | undefined
  readonly settings: TeachSettings
  readonly seed: number
  /** Whether each batch holds rows of one task of a mixture only. */
  readonly oneTaskABatch: boolean
  readonly hasValidation: boolean
  readonly answers: PlannedAnswers | undefined
}

/** Validation rows that are answered at each evaluation of a lesson, as its tasks' test rows will be. */
export interface PlannedAnswers {
  readonly parts: readonly { readonly task: StudyTask; readonly data: StepKey }[]
  /** Of each task; `undefined`: all. */
  readonly rows: number | undefined
  /** Whether its scores are called after their tasks. */
  readonly mixed: boolean
  /** Whether the study asks for the scores; else the answers only show whether the lesson collapses. */
  readonly scored: boolean
}

export interface EvaluateStep extends StepBase {
  readonly kind: 'evaluate'
  readonly inputs: { readonly [name: string]: Json }
  readonly model: Exclude<Weights, { kind: 'scratch' }>
  readonly data: StepKey
  readonly task: StudyTask
}

/** What answers depend on: everything that a test depends on but its metrics. */
export function answerInputs({ metrics: _, ...rest }: EvaluateStep['inputs']): Json {
  return rest
}

/** Answers some test rows of a task again, with the prefixes of the other tasks of the mixture that was taught last. */
export interface PrefixTestStep extends StepBase {
  readonly kind: 'prefix-test'
  readonly evaluation: EvaluateStep
  /** Other prefixes, each with the tasks that have it. */
  readonly others: readonly { readonly prefix: string; readonly tasks: readonly string[] }[]
  readonly rows: number
}
