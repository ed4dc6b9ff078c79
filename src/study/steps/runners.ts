import type { Judge, PredictRequest, PredictResult, TeachRequest, TeachResult } from '../../lesson/protocol.ts'

/** A lesson to be taught, with who judges its answers where it has any. */
export interface TeachWork extends TeachRequest {
  readonly judge?: Judge
}

/** Answers to be given. */
export type PredictWork = PredictRequest

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
  /** What a lesson does whose state another processor or runtime has computed. */
  readonly elsewhere?: TeachRequest['elsewhere']
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
  teach(work: TeachWork, context: WorkContext): Promise<TeachResult>
  predict(work: PredictWork, context: WorkContext): Promise<PredictResult>
}
