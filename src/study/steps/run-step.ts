import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readAllJsonLines } from '../../base/json-lines.ts'
import { type HealthContext, healthSentence } from '../../tasks/answer-health.ts'
import { asJson, type Json } from '../keys.ts'
import type { EvaluateStep, PrepareMixtureStep, Step, TeachStep, Weights } from '../steps.ts'
import type { StepWork, Store } from '../store/store.ts'
import { scoreAnswers } from './evaluate.ts'
import { lessonAnswers } from './judge-lesson.ts'
import { answeredBefore } from './known-answers.ts'
import { testPrefixes } from './prefix-test.ts'
import { prepareMixture } from './prepare-mixture.ts'
import { preparedFile, prepareTask } from './prepare-task.ts'
import type { StepRunners, TeachWork, WorkContext } from './runners.ts'

/** Does the work of one step into its folder and returns what `step.json` shall tell of it. */
export async function runStep(
  step: Step,
  work: StepWork,
  store: Store,
  runners: StepRunners,
  context: WorkContext,
): Promise<Json> {
  switch (step.kind) {
    case 'prepare':
      if (step.mixture === undefined) return await prepareTask(step, work.folder, context.onNotice)
      return await prepareMixture(
        step,
        work.folder,
        (part: PrepareMixtureStep['parts'][number]) => store.folderOf('prepare', part.data),
        (sentence) => context.onNote?.(sentence),
      )
    case 'teach':
      return await teach(step, work, store, runners, context)
    case 'evaluate':
      return await evaluate(step, work, store, runners, context)
    case 'prefix-test':
      return await testPrefixes(step, work.folder, store, runners, context)
  }
}

async function teach(
  step: TeachStep,
  { folder, stateFolder }: StepWork,
  store: Store,
  runners: StepRunners,
  context: WorkContext,
): Promise<Json> {
  const start = startOf(step.start, store)
  const lesson = lessonOf(step, store, context.onNotice)
  return asJson(await runners.teach({ ...lesson, start, outFolder: folder, stateFolder }, context))
}

/** What a step teaches, whatever it begins from and wherever it writes. */
export function lessonOf(
  step: TeachStep,
  store: Store,
  onNotice: (sentence: string) => void,
): Omit<TeachWork, 'start' | 'outFolder' | 'stateFolder'> {
  const data = store.folderOf('prepare', step.data)
  return {
    train: preparedFile(data, 'train'),
    validation: step.hasValidation ? preparedFile(data, 'validation') : undefined,
    prefix: step.prefix,
    spans: step.spans,
    oneTaskABatch: step.oneTaskABatch,
    settings: step.settings,
    seed: step.seed,
    answers: lessonAnswers(step, store, onNotice),
  }
}

async function evaluate(
  step: EvaluateStep,
  { folder }: StepWork,
  store: Store,
  runners: StepRunners,
  context: WorkContext,
): Promise<Json> {
  const pairs = preparedFile(store.folderOf('prepare', step.data), 'test')
  const answers = join(folder, 'answers.jsonl')
  const outcome =
    (await answeredBefore(step, store, answers)) ??
    (await runners.predict(
      {
        model: step.model.kind === 'step' ? store.folderOf('teach', step.model.key) : step.model.folder,
        sources: pairs,
        prefix: step.task.prefix,
        maxSource: step.task.limits.source,
        generate: step.task.generate,
        out: answers,
      },
      context,
    ))
  const loss = step.model.kind === 'step' ? await lossOver(store.folderOf('teach', step.model.key)) : undefined
  const scores = await scoreAnswers(step.task, pairs, answers, folder, loss)
  // Everything in it stands in predictions.jsonl as well.
  rmSync(answers)
  for (const { name, warnings } of scores.metrics) {
    for (const warning of warnings) context.onNotice(`${step.label}: ${name}: ${warning}`)
  }
  const health = scores.health ?? []
  for (const finding of health) context.onNotice(`${step.label}: ${healthSentence(finding)}`)
  return {
    ...(asJson(outcome) as object),
    examples: scores.examples,
    ...(health.length === 0 ? {} : { health: health.map(({ name }) => name) }),
  }
}

/** Mean training loss of the first and the last tenth of a lesson's updates. */
async function lossOver(folder: string): Promise<HealthContext['loss']> {
  const log = join(folder, 'log.jsonl')
  if (!existsSync(log)) return undefined
  const losses = (await readAllJsonLines<{ loss: number }>(log)).map(({ loss }) => loss)
  const tenth = Math.ceil(losses.length / 10)
  if (losses.length < 2) return undefined
  const mean = (part: readonly number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length
  return { first: mean(losses.slice(0, tenth)), last: mean(losses.slice(-tenth)) }
}

function startOf(start: Weights, store: Store): TeachWork['start'] {
  switch (start.kind) {
    case 'step':
      return { folder: store.folderOf('teach', start.key) }
    case 'folder':
      return { folder: start.folder }
    case 'scratch':
      return { scratch: start.config, tokenizer: start.tokenizer, seed: start.seed }
  }
}
