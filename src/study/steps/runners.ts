import type { TeachSettings } from '../../lesson/teach-settings.ts'
import type { GenerateSettings } from '../study.ts'
import type { Answer } from './evaluate.ts'

/** What a lesson needs, in the study's own words. */
export interface TeachWork {
  readonly start:
    | { readonly folder: string }
    | { readonly scratch: Readonly<Record<string, unknown>>; readonly tokenizer: string; readonly seed: number }
  /** JSONL: `{"source", "target"}`, or `{"text"}` with `spans`. */
  readonly train: string
  readonly validation: string | undefined
  readonly prefix: string
  readonly spans: { readonly density: number; readonly meanSpan: number } | undefined
  /** Whether each batch holds rows of one task only, which the rows name as `task`. */
  readonly oneTaskABatch: boolean
  readonly settings: TeachSettings
  readonly seed: number
  /** Validation rows to answer at each evaluation. */
  readonly answers: LessonAnswers | undefined
  /** The model folder, `log.jsonl` and `evaluations.jsonl` are written here. */
  readonly outFolder: string
  /** What an interrupted lesson goes on from. */
  readonly stateFolder: string
}

/** Rows that are answered at each evaluation of a lesson, and what is made of the answers. */
export interface LessonAnswers {
  readonly parts: readonly (Omit<PredictWork, 'model' | 'out'> & { readonly name: string })[]
  /** Rows of each part, spread evenly; `undefined`: all. */
  readonly rows: number | undefined
  /** What the best checkpoint has. */
  readonly best: 'loss' | 'highest-value' | 'lowest-value'
  judge(evaluation: LessonEvaluation): Promise<LessonJudgement>
}

/** An evaluation within a lesson. */
export interface LessonEvaluation {
  /** Updates done, and all of the lesson. */
  readonly step: number
  readonly steps: number
  /** Validation loss. */
  readonly loss: number
  /** Part by part: the rows that were answered, and the answers. */
  readonly answers: readonly {
    readonly name: string
    readonly rows: readonly number[]
    readonly predictions: readonly Answer[]
  }[]
  /** What the judgement before left, also across an interruption. */
  readonly memory?: unknown
}

export interface LessonJudgement {
  readonly scores?: Record<string, number>
  /** What else stands in the evaluation's line of `evaluations.jsonl`. */
  readonly notes?: Record<string, unknown>
  /** Decides unless the loss does. */
  readonly value?: number
  readonly memory?: unknown
  /** Ends the lesson as failed, with this sentence. */
  readonly stop?: string
}

export interface TeachOutcome {
  /** Updates. */
  readonly steps: number
  /** Over all sittings of a lesson that was interrupted, as the two below. */
  readonly seconds: number
  /** Processor time, all threads together; absent where it was not measured. */
  readonly cpuSeconds?: number
  /** Of the machine's processor packages while the lesson ran, whatever else they did; absent where it cannot be read. */
  readonly energyJoules?: number
  /** Mean training loss of the last updates. */
  readonly loss: number
  readonly best?: { readonly step: number; readonly value: number }
  readonly weightsSha256: string
  readonly peakRssBytes: number
}

export interface PredictWork {
  readonly model: string
  /** JSONL with a `source` field. */
  readonly sources: string
  readonly prefix: string
  readonly maxSource: number
  readonly generate: GenerateSettings
  /** JSONL with a `prediction` field is written here. */
  readonly out: string
}

export interface PredictOutcome {
  readonly seconds: number
  readonly peakRssBytes: number
}

/** How far a step is. */
export interface StepProgress {
  readonly done: number
  readonly total: number
  readonly unit: 'updates' | 'answers'
  /** Where this sitting began; more than 0 when an interrupted step goes on. */
  readonly from: number
  /** Such as `loss 2.31`. */
  readonly detail?: string
}

export interface WorkContext {
  readonly signal: AbortSignal
  /** Threads that this work may use; `undefined`: all. */
  readonly threads: number | undefined
  onProgress(progress: StepProgress): void
  /** One sentence that the user should know and that does not stop the work. */
  onNotice(sentence: string): void
  /** What was done, where that is not plain: nothing is odd about it. */
  onNote?(sentence: string): void
}

/**
 * What steps are run with. The study knows no engine: whoever starts it hands these in.
 *
 * Both reject with a `Fault` when the work cannot be done, and with any error once `signal` is aborted.
 */
export interface StepRunners {
  teach(work: TeachWork, context: WorkContext): Promise<TeachOutcome>
  predict(work: PredictWork, context: WorkContext): Promise<PredictOutcome>
}
