import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readAllJsonLines } from '../../../base/json-lines.ts'
import { usualDevice } from '../../../lesson/device.ts'
import type { PredictRequest, PredictResult } from '../../../lesson/protocol.ts'
import { keptAnswersFile } from '../../../lesson/saved-state.ts'
import { type HealthContext, type HealthName, healthSentence } from '../../../tasks/answer-health.ts'
import { asJson, type StepKey, sharedJson } from '../../keys.ts'
import type { StudyTask } from '../../study.ts'
import { answerRequest } from '../answer-request.ts'
import type { FinishedSteps } from '../finished-steps.ts'
import { answeredBefore } from '../known-answers.ts'
import { scoreAnswers } from '../score-answers.ts'
import type { StepBase, StepContext, StepRule } from '../step-rule.ts'
import { outsideWeights, type Weights, weightsInputs } from '../weights.ts'

/** Answers a task's test rows with a model and scores the answers. */
export interface EvaluateStep extends StepBase<'evaluate'> {
  /** The chain up to the model and its seed, such as `mt5 -> res, seed 42`. */
  readonly tested: string
  readonly model: Exclude<Weights, { kind: 'scratch' }>
  readonly data: StepKey
  readonly task: StudyTask
  /** Whether the model was taught the task last, or its chain is tested on it all the same, or all models are. */
  readonly taskIs: 'taught' | 'asked' | 'other'
}

export interface EvaluateResult extends PredictResult {
  /** The test whose answers were taken, where the model was not asked again. */
  readonly answersOf?: StepKey
  readonly examples: number
  /** What was found to be wrong with the answers. */
  readonly health?: readonly HealthName[]
}

export const evaluate: StepRule<EvaluateStep, EvaluateResult> = {
  version: 2,
  inputs: ({ model, data, task }) => ({
    // Which weights answer which rows.
    model: weightsInputs(model),
    data,
    // What the model reads of a row, and how it writes.
    prefix: task.prefix,
    max_source: task.limits.source,
    generate: sharedJson(task.generate, () => asJson(task.generate)),
    // Another device computes other last bits; tests on the processor have the keys that they had before there were others.
    ...(task.device === usualDevice ? {} : { device: task.device }),
    // What the answers are scored by.
    metrics: sharedJson(task.metrics, () => asJson(task.metrics)),
  }),
  label: ({ tested, task }) => `evaluate ${tested} on ${task.name}`,
  needs: ({ model, data }) => (model.kind === 'step' ? [model.key, data] : [data]),
  outside: ({ model }) => outsideWeights(model),
  async work(step, { folder, stateFolder }, context) {
    const { done, onNotice } = context
    const pairs = done.rowsFile(step.data, 'test')
    const answers = join(folder, 'answers.jsonl')
    const outcome =
      (await answeredBefore(step, evaluate.version, done, answers)) ??
      (await answer(step, { sources: pairs, out: answers, keep: join(stateFolder, keptAnswersFile(0)) }, context))
    // The loss of another task says nothing of this one's scores.
    const isTaught = step.model.kind === 'step' && step.taskIs === 'taught'
    const loss = isTaught ? await lossOver(done.lessonLog(step.model.key)) : undefined
    const scores = await scoreAnswers(step.task, pairs, answers, folder, loss)
    // Everything in it stands in predictions.jsonl as well.
    rmSync(answers)
    for (const { name, warnings } of scores.metrics) {
      for (const warning of warnings) onNotice(`${step.label}: ${name}: ${warning}`)
    }
    const health = scores.health ?? []
    // What to do about it is to teach the task.
    if (step.taskIs === 'taught') for (const one of health) onNotice(`${step.label}: ${healthSentence(one)}`)
    else if (step.taskIs === 'asked') for (const { sentence } of health) onNotice(`${step.label}: ${sentence}`)
    const names = health.map(({ name }) => name)
    return { ...outcome, examples: scores.examples, ...(names.length === 0 ? {} : { health: names }) }
  },
}

async function answer(
  step: EvaluateStep,
  files: Pick<PredictRequest, 'sources' | 'out' | 'keep'>,
  context: StepContext,
): Promise<PredictResult> {
  const model = modelOf(step, context.done)
  return await context.runners.predict(answerRequest({ ...files, model }, step.task, context), context)
}

/** The folder of the model that a test asks. */
function modelOf({ model }: EvaluateStep, done: FinishedSteps): string {
  return model.kind === 'step' ? done.modelFolder(model.key) : model.folder
}

/** Mean training loss of the first and the last tenth of a lesson's updates. */
async function lossOver(log: string): Promise<HealthContext['loss']> {
  if (!existsSync(log)) return undefined
  const losses = (await readAllJsonLines<{ loss: number }>(log)).map(({ loss }) => loss)
  const tenth = Math.ceil(losses.length / 10)
  if (losses.length < 2) return undefined
  const mean = (part: readonly number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length
  return { first: mean(losses.slice(0, tenth)), last: mean(losses.slice(-tenth)) }
}
