import type { GenerateSettings, TeachSettings } from './study.ts'

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
  readonly settings: TeachSettings
  readonly seed: number
  /** The model folder, `log.jsonl` and `evaluations.jsonl` are written here. */
  readonly outFolder: string
  /** What an interrupted lesson goes on from. */
  readonly stateFolder: string
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
