import { mostThreads } from '../base/bounds/most-threads.ts'
import { type ArgumentKind, Fault, type FieldKinds, isListOf, oneOf, refuseArguments } from '../base/fault.ts'
import { deviceNames } from '../lesson/device.ts'
import { generationNames, generationOption } from '../lesson/generation.ts'
import { generationValue } from '../lesson/generation-value.ts'
import { apiName } from '../lesson/lesson-settings.ts'
import { lessonKinds } from '../lesson/option-faults.ts'
import type { AnswerRequest, LossRequest, PredictRequest, TeachRequest } from '../lesson/protocol.ts'
import { settingsFault } from '../lesson/settings-fault.ts'

const threads: ArgumentKind = {
  is: (value) => Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= mostThreads,
  words: `a whole number of 1 to ${mostThreads}`,
  optional: true,
}

const device: ArgumentKind = { ...oneOf(deviceNames), optional: true }

const generation: ArgumentKind = {
  fields: Object.fromEntries(
    generationNames.map((name) => [generationOption(name), { ...generationValue(name), optional: true }]),
  ),
}

export const lossFields: FieldKinds<LossRequest> = {
  model: 'path',
  pairs: 'path',
  batch: 'count',
  maxSource: 'count',
  maxTarget: 'count',
  prefix: 'text?',
  threads,
  device,
}

export const predictFields: FieldKinds<PredictRequest> = {
  model: 'path',
  sources: 'path',
  out: 'path',
  batch: 'count',
  generation,
  prefix: 'text?',
  maxSource: 'count?',
  tellsCut: 'switch?',
  followsFolder: 'switch?',
  keep: 'path?',
  threads,
  device,
}

const answerFields: FieldKinds<AnswerRequest> = {
  name: 'text',
  sources: 'path',
  prefix: 'text?',
  rows: 'count?',
  maxSource: 'count?',
  batch: 'count',
  generation,
}

const isPath = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isText = (value: unknown): boolean => typeof value === 'string'

const start: ArgumentKind = {
  is(value) {
    const { folder, scratch, tokenizer, seed } = Object(value) as Readonly<Record<string, unknown>>
    return isPath(folder) || (Object(scratch) === scratch && isPath(tokenizer) && Number.isSafeInteger(seed))
  },
  words: 'an object with "folder", or one with "scratch", "tokenizer" and "seed"',
}

const examples = {
  is(value: unknown) {
    const found = Object(value) as Partial<Readonly<Record<string, unknown>>>
    const { density, meanSpan } = Object(found.spanCorruption) as Partial<Readonly<Record<string, unknown>>>
    return 'pairs' in found
      ? isPath(found.pairs) && [found.prefix ?? '', found.batchesBy ?? ''].every(isText)
      : isPath(found.texts) && [density, meanSpan].every(Number.isFinite)
  },
  words: 'an object with "pairs", which may have "prefix", or one with "texts" and "spanCorruption"',
}

const teachFields: FieldKinds<TeachRequest> = {
  contents: 'text?',
  start,
  lesson: { fields: lessonKinds },
  train: examples,
  validation: { ...examples, optional: true },
  evaluate: {
    fields: {
      every: {
        is: (value) => value === 'epoch' || (Number.isSafeInteger(value) && Number(value) >= 1),
        words: '"epoch" or a whole number of at least 1',
      },
      by: oneOf(['loss', 'highest-value', 'lowest-value']),
      batch: 'count?',
      answers: { is: isListOf((one) => Object(one) === one), words: 'a list of objects', optional: true },
    },
    optional: true,
  },
  keep: oneOf(['best', 'last']),
  outFolder: 'path',
  stateFolder: 'path',
  saveStateEverySeconds: {
    is: (value) => typeof value === 'number' && value >= 0,
    words: 'a number of at least 0',
    optional: true,
  },
  tokensFolder: 'path?',
  sampledUpdates: 'count?',
  threads,
  elsewhere: { ...oneOf(['warn', 'refuse']), optional: true },
}

/** @throws {Fault} at what is missing, unknown or no such value: a program in JavaScript may give anything */
export function refuseRequest<Request extends object>(request: Request, fields: FieldKinds<Request>): void {
  refuseArguments({ request: request ?? {} }, { request: { fields } })
}

/** As {@link refuseRequest}, of a lesson: also at settings that do not go together. */
export function refuseTeachRequest(request: TeachRequest): void {
  refuseRequest(request, teachFields)
  const { lesson, evaluate } = request
  for (const answers of evaluate?.answers ?? []) refuseRequest(answers, answerFields)
  if ((lesson.epochs === undefined) === (lesson.steps === undefined)) {
    throw new Fault('Cannot teach without a length, or with two: give either "epochs" or "steps"')
  }
  const fault = settingsFault(lesson, apiName)
  if (fault !== undefined) throw new Fault(fault)
}
