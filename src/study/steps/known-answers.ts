import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Fault } from '../../base/fault.ts'
import { readJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import { type StepKey, stepVersions } from '../keys.ts'
import { answerInputs, type EvaluateStep } from '../steps.ts'
import type { StepRecord, Store } from '../store/store.ts'
import type { Answer, PredictionRow } from './evaluate.ts'
import type { PredictOutcome } from './runners.ts'

/**
 * Takes a test's answers from another finished test that differs in nothing but its metrics, as scoring is quick and
 * answering is not.
 *
 * @param out JSONL of the answers is written here
 * @returns what answering took then; `undefined` when there is no such test
 */
export async function answeredBefore(
  step: EvaluateStep,
  store: Store,
  out: string,
): Promise<(PredictOutcome & { answersOf: string }) | undefined> {
  const wanted = answerInputs(step.inputs)
  for (const key of store.keys('evaluate')) {
    if (key === step.key || !store.isDone('evaluate', key)) continue
    const record = recordOf(key, store)
    if (record === undefined) continue
    const { inputs, version, result } = record
    const isSame = isDeepStrictEqual(answerInputs(inputs as EvaluateStep['inputs']), wanted)
    if (!isSame || version !== stepVersions.evaluate) continue
    await writeJsonLines(out, answersOf(join(store.folderOf('evaluate', key), 'predictions.jsonl')))
    const { seconds, peakRssBytes } = result as unknown as PredictOutcome
    return { seconds, peakRssBytes, answersOf: key }
  }
  return undefined
}

/** A damaged record of another test is no reason to fail this one. */
function recordOf(key: StepKey, store: Store): StepRecord | undefined {
  try {
    return store.record('evaluate', key)
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

async function* answersOf(path: string): AsyncGenerator<Answer> {
  for await (const { prediction, cut, sentinels } of readJsonLines<PredictionRow>(path)) {
    yield { prediction, finish: cut === true ? 'limit' : 'end', ...(sentinels === undefined ? {} : { sentinels }) }
  }
}
