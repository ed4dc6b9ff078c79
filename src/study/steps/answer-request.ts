import type { AnswerRequest, GenerationOptions, PredictRequest } from '../../lesson/protocol.ts'
import type { GenerateSettings, StudyTask } from '../study.ts'
import type { WorkContext } from './runners.ts'

/** How a task's sources are answered, in the words of the engine. */
export function answering({
  prefix,
  limits,
  generate,
}: Pick<StudyTask, 'prefix' | 'limits' | 'generate'>): Required<
  Pick<AnswerRequest, 'prefix' | 'maxSource' | 'batch' | 'generation'>
> {
  return { prefix, maxSource: limits.source, batch: generate.batch, generation: generationOptions(generate) }
}

/** Answers to a file of sources as a task's are given. */
export function answerRequest(
  files: Pick<PredictRequest, 'model' | 'sources' | 'out'>,
  task: Pick<StudyTask, 'prefix' | 'limits' | 'generate'>,
  { threads }: Pick<WorkContext, 'threads'>,
): PredictRequest {
  return { ...files, ...answering(task), ...(threads === undefined ? {} : { threads }) }
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
