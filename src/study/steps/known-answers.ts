import { readJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import type { PredictResult } from '../../lesson/protocol.ts'
import { type KeyInputs, type StepKey, stepKey } from '../keys.ts'
import type { FinishedSteps } from './finished-steps.ts'
import type { Answer, PredictionRow } from './score-answers.ts'

/** What answers depend on: everything that a test depends on but its metrics. */
export function answerInputs({ metrics: _, ...rest }: KeyInputs): KeyInputs {
  return rest
}

/**
 * By what tests are known that have the same answers.
 *
 * @param version of the kind of step
 */
export function answersKey(inputs: KeyInputs, version: number): StepKey {
  return stepKey('evaluate', version, answerInputs(inputs))
}

/**
 * Takes a test's answers from another finished test that differs in nothing but its metrics, as scoring is quick and
 * answering is not.
 *
 * @param version of the kind of step: tests of another one are no such tests
 * @param out JSONL of the answers is written here
 * @returns what answering took then; `undefined` when there is no such test
 */
export async function answeredBefore(
  { key, inputs }: { readonly key: StepKey; readonly inputs: KeyInputs },
  version: number,
  done: FinishedSteps,
  out: string,
): Promise<(PredictResult & { answersOf: StepKey }) | undefined> {
  for (const test of done.testsWithAnswers(answersKey(inputs, version))) {
    if (test.key === key) continue
    await writeJsonLines(out, answersOf(done.predictionsFile(test.key)))
    const { seconds, peakRssBytes } = test.result
    return { seconds, peakRssBytes, answersOf: test.key }
  }
  return undefined
}

async function* answersOf(path: string): AsyncGenerator<Answer> {
  for await (const { prediction, cut, sentinels } of readJsonLines<PredictionRow>(path)) {
    yield { prediction, finish: cut === true ? 'limit' : 'end', ...(sentinels === undefined ? {} : { sentinels }) }
  }
}
