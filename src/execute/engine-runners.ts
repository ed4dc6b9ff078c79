import { existsSync } from 'node:fs'
import { lessonFromStudy } from '../lesson/lesson-settings.ts'
import type { GenerationOptions, TeachEvent, TeachRequest } from '../lesson/protocol.ts'
import { rootWeights } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import { lessonOf } from '../study/steps/run-step.ts'
import type { PredictWork, StepRunners, TeachWork, WorkContext } from '../study/steps/runners.ts'
import type { TeachStep } from '../study/steps.ts'
import type { Store } from '../study/store/store.ts'
import type { GenerateSettings } from '../study/study.ts'
import { predictInChild, teachInChild } from '../train/child.ts'

/** Runs a study's lessons and answers on the engine, each in a process of its own. */
export const engineRunners: StepRunners = {
  async teach(work, context) {
    let from = 0
    let total = 0
    const outcome = await teachInChild(teachRequest(work, context), {
      signal: context.signal,
      judge: (evaluation) => work.answers!.judge(evaluation),
      onEvent(event: TeachEvent) {
        if (event.type === 'started') {
          from = event.resumedAt
          total = event.steps
          context.onProgress({
            done: from,
            total,
            unit: 'updates',
            from,
            detail: from > 0 ? 'going on from its saved state' : 'begins',
          })
        } else if (event.type === 'step') {
          context.onProgress({
            done: event.step,
            total,
            unit: 'updates',
            from,
            detail: `loss ${event.loss.toFixed(3)}`,
          })
        } else if (event.type === 'answering') {
          const detail = `answering validation rows, ${event.done}/${event.total}`
          context.onProgress({ done: event.step, total, unit: 'updates', from, detail })
        } else if (event.type === 'warning') context.onNotice(event.message)
      },
    })
    return outcome
  },
  async predict(work, context) {
    return await predictInChild(predictRequest(work, context), {
      signal: context.signal,
      onEvent: ({ done, total }) => context.onProgress({ done, total, unit: 'answers', from: 0 }),
    })
  },
}

/** A lesson of a plan begun from the chain's own start, as it takes as long; where it writes is to be filled in. */
export function lessonRequest(step: TeachStep, plan: Plan, store: Store, context: WorkContext): TeachRequest {
  const root = rootWeights(step.start, plan)
  const start =
    root.kind === 'folder'
      ? { folder: root.folder }
      : { scratch: root.config, tokenizer: root.tokenizer, seed: root.seed }
  return teachRequest({ ...lessonOf(step, store, context.onNotice), start, outFolder: '', stateFolder: '' }, context)
}

function teachRequest(work: TeachWork, { threads }: WorkContext): TeachRequest {
  const { settings, spans } = work
  const examples = (file: string): TeachRequest['train'] =>
    spans === undefined
      ? { pairs: file, prefix: work.prefix }
      : { texts: file, spanCorruption: { density: spans.density, meanSpan: spans.meanSpan } }
  // Shares of few rows may come to none.
  const validation = work.validation !== undefined && existsSync(work.validation) ? work.validation : undefined
  return {
    start:
      'folder' in work.start
        ? { folder: work.start.folder }
        : { scratch: { ...work.start.scratch }, tokenizer: work.start.tokenizer, seed: work.start.seed },
    lesson: lessonFromStudy(settings, work.seed),
    train: work.oneTaskABatch ? { pairs: work.train, prefix: work.prefix, batchesBy: 'task' } : examples(work.train),
    ...(validation === undefined ? {} : { validation: examples(validation), evaluate: evaluationRequest(work) }),
    keep: validation === undefined ? 'last' : settings.keep,
    outFolder: work.outFolder,
    stateFolder: work.stateFolder,
    ...(threads === undefined ? {} : { threads }),
  }
}

function evaluationRequest({ settings, answers }: TeachWork): NonNullable<TeachRequest['evaluate']> {
  return {
    every: settings.evaluate_every,
    by: answers?.best ?? 'loss',
    ...(answers === undefined
      ? {}
      : {
          answers: answers.parts.map(({ name, sources, prefix, maxSource, generate }) => ({
            name,
            sources,
            prefix,
            ...(answers.rows === undefined ? {} : { rows: answers.rows }),
            maxSource,
            batch: generate.batch,
            generation: generationOptions(generate),
          })),
        }),
  }
}

/** Answers of a study in the words of the engine. */
export function predictRequest(work: PredictWork, { threads }: WorkContext) {
  return {
    model: work.model,
    sources: work.sources,
    prefix: work.prefix,
    maxSource: work.maxSource,
    batch: work.generate.batch,
    generation: generationOptions(work.generate),
    out: work.out,
    ...(threads === undefined ? {} : { threads }),
  }
}

function generationOptions(settings: Omit<GenerateSettings, 'batch'>): GenerationOptions {
  const { max_length, max_new_tokens, min_new_tokens, repetition_penalty, no_repeat_ngram_size, num_beams } = settings
  return {
    ...(max_length === undefined ? {} : { maxLength: max_length }),
    ...(max_new_tokens === undefined ? {} : { maxNewTokens: max_new_tokens }),
    ...(min_new_tokens === undefined ? {} : { minNewTokens: min_new_tokens }),
    ...(repetition_penalty === undefined ? {} : { repetitionPenalty: repetition_penalty }),
    ...(no_repeat_ngram_size === undefined ? {} : { noRepeatNgramSize: no_repeat_ngram_size }),
    ...(num_beams === undefined ? {} : { numBeams: num_beams }),
  }
}
