import type { PredictResult } from '../../lesson/protocol.ts'
import type { KeyInputs, StepKey } from '../keys.ts'
import type { SplitName } from '../study.ts'

/** What the work of a step reads of others, which are finished: the store has it. */
export interface FinishedSteps {
  /** JSONL of the rows that a `prepare` step has made; a part without rows has no file. */
  rowsFile(key: StepKey, part: SplitName): string
  /** Where lessons keep the token ids of a `prepare` step's rows; it may go at any time. */
  tokensFolder(key: StepKey): string
  /** A taught model. */
  modelFolder(key: StepKey): string
  /** JSONL of a lesson's updates with their losses. */
  lessonLog(key: StepKey): string
  /** JSONL of a test's answers, as `PredictionRow` has them. */
  predictionsFile(key: StepKey): string
  /**
   * Finished tests whose answers depend on the same and whose record can be read.
   *
   * @param answers key of what they depend on, as `answersKey` has it
   */
  testsWithAnswers(answers: StepKey): Iterable<FinishedTest>
}

export interface FinishedTest {
  readonly key: StepKey
  readonly version: number
  readonly inputs: KeyInputs
  readonly result: PredictResult
}
