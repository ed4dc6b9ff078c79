import { existsSync } from 'node:fs'
import { lessonFromStudy } from '../../../lesson/lesson-settings.ts'
import type { ExampleFile, TeachRequest, TeachResult } from '../../../lesson/protocol.ts'
import { stoppedSentence } from '../../../lesson/stopped-sentence.ts'
import { keyedSettings, type TeachSettings } from '../../../lesson/teach-settings.ts'
import { trimmedSentence } from '../../../lesson/trimmed-sentence.ts'
import { bestIs } from '../../best-by.ts'
import { asJson, type Json, type StepKey, sharedJson } from '../../keys.ts'
import type { FinishedSteps } from '../finished-steps.ts'
import { lessonAnswers, type PlannedAnswers } from '../judge-lesson.ts'
import type { TeachWork, WorkContext } from '../runners.ts'
import type { StepBase, StepRule } from '../step-rule.ts'
import { outsideWeights, type Weights, weightsInputs } from '../weights.ts'

/** Teaches weights the rows of a task or mixture. */
export interface TeachStep extends StepBase<'teach'> {
  /** The chain up to this lesson, such as `mt5 -> res`. */
  readonly taught: string
  /** The seed by which the chain is known; its lesson may have one of its own. */
  readonly chainSeed: number
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

export const teach: StepRule<TeachStep, TeachResult> = {
  version: 1,
  inputs: ({ start, data, prefix, answers, spans, settings, seed }) => ({
    start: weightsInputs(start),
    // What is taught, and what stands before it.
    data,
    prefix,
    // Where scores of answers are asked for they may decide which checkpoint is kept, and they stand in the results.
    answers: answers?.scored ? answersInputs(answers) : undefined,
    spans: spans && { density: spans.density, mean_span: spans.meanSpan },
    // Every setting of the lesson that changes its weights, defaults filled in.
    settings: sharedJson(settings, () => asJson(keyedSettings(settings))),
    // Of the order of the rows and of dropout.
    seed,
    // Keeps results away that were stored without it, whose rows of other pieces are not the start's.
    whole_tables: settings.trim_vocab === 'auto' && settings.device === 'webgpu' ? 'kept' : undefined,
  }),
  label: ({ taught, chainSeed }) => `teach ${taught}, seed ${chainSeed}`,
  needs: ({ start, data }) => (start.kind === 'step' ? [start.key, data] : [data]),
  reads: ({ answers }) => answers?.parts.map(({ data }) => data) ?? [],
  outside: ({ start }) => outsideWeights(start),
  async work(step, { folder, stateFolder }, context) {
    const { runners, done } = context
    const start = startOf(step.start, done)
    const lesson = lessonOf(step, done, context)
    const result = await runners.teach({ ...lesson, start, outFolder: folder, stateFolder }, context)
    const { steps, plannedSteps } = result
    if (plannedSteps !== undefined) {
      const stopped = stoppedSentence({ step: steps, steps: plannedSteps, evaluations: step.settings.stop_after })
      context.onNote?.(`${step.label}: ${stopped}`)
    }
    if (result.trimmed !== undefined) context.onNote?.(`${step.label}: ${trimmedSentence(result.trimmed)}`)
    return result
  },
}

function answersInputs({ parts, rows }: PlannedAnswers): Json {
  return {
    // How many rows are answered.
    rows: rows ?? 'all',
    // All that a task's answers and their scores depend on, but the weights.
    parts: parts.map(({ task, data }) => ({
      data,
      prefix: task.prefix,
      max_source: task.limits.source,
      generate: sharedJson(task.generate, () => asJson(task.generate)),
      metrics: sharedJson(task.metrics, () => asJson(task.metrics)),
    })),
  }
}

/** What a step teaches, whatever it begins from and wherever it writes. */
export function lessonOf(
  step: TeachStep,
  done: FinishedSteps,
  { threads: given, elsewhere, onNotice }: Pick<WorkContext, 'threads' | 'elsewhere' | 'onNotice'>,
): Omit<TeachWork, 'start' | 'outFolder' | 'stateFolder'> {
  const { key, data, prefix, spans, settings, seed } = step
  const threads = settings.threads ?? given
  const examples = (file: string): ExampleFile =>
    spans === undefined
      ? { pairs: file, prefix }
      : { texts: file, spanCorruption: { density: spans.density, meanSpan: spans.meanSpan } }
  const train = done.rowsFile(data, 'train')
  const validation = done.rowsFile(data, 'validation')
  // Shares of few rows may come to none.
  const validated = step.hasValidation && existsSync(validation)
  const answers = validated ? lessonAnswers(step, done, onNotice) : undefined
  return {
    contents: key,
    lesson: lessonFromStudy(settings, seed),
    train: step.oneTaskABatch ? { pairs: train, prefix, batchesBy: 'task' } : examples(train),
    ...(validated ? { validation: examples(validation), evaluate: evaluationOf(step, answers?.requests) } : {}),
    keep: validated ? settings.keep : 'last',
    tokensFolder: done.tokensFolder(data),
    ...(threads === undefined ? {} : { threads }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(answers === undefined ? {} : { judge: answers.judge }),
  }
}

function evaluationOf(
  step: TeachStep,
  answers: NonNullable<TeachRequest['evaluate']>['answers'],
): NonNullable<TeachRequest['evaluate']> {
  const { evaluate_every: every } = step.settings
  return answers === undefined ? { every, by: 'loss' } : { every, by: bestIs(step), answers }
}

/** Weights as a lesson begins with them. */
export function startOf(start: Weights, done: Pick<FinishedSteps, 'modelFolder'>): TeachRequest['start'] {
  switch (start.kind) {
    case 'step':
      return { folder: done.modelFolder(start.key) }
    case 'folder':
      return { folder: start.folder }
    case 'scratch':
      return { scratch: { ...start.config }, tokenizer: start.tokenizer, seed: start.seed }
  }
}
