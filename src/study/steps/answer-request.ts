import { chosenDevice, usualDevice } from '../../lesson/device.ts'
import { generationOptions } from '../../lesson/generation.ts'
import type { AnswerRequest, PredictRequest } from '../../lesson/protocol.ts'
import type { StudyTask } from '../study.ts'
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
  files: Pick<PredictRequest, 'model' | 'sources' | 'out' | 'keep'>,
  task: Pick<StudyTask, 'prefix' | 'limits' | 'generate' | 'device'>,
  { threads }: Pick<WorkContext, 'threads'>,
): PredictRequest {
  const device = chosenDevice(task.device)
  return {
    ...files,
    ...answering(task),
    ...(threads === undefined ? {} : { threads }),
    ...(device === usualDevice ? {} : { device }),
  }
}
