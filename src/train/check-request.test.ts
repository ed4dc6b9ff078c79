import { expect, it } from 'vitest'
import { lessonFromOptions } from '../lesson/lesson-settings.ts'
import { predictFields, refuseRequest, refuseTeachRequest } from './check-request.ts'

const lesson = lessonFromOptions({ learningRate: 1e-3, batch: 2, steps: 1 })
const teach = {
  start: { folder: 'model' },
  train: { pairs: 'pairs.jsonl' },
  keep: 'last',
  outFolder: 'out',
  stateFolder: 'state',
  lesson,
}
const { batch: _, ...without } = lesson
const answers = { name: 'a', sources: 's', batch: 1, generation: {} }
const evaluate = { every: 1, by: 'loss', answers: [answers] }

it.each([
  [{ lesson: without }, 'Missing "batch"'],
  [{ lesson: { ...lesson, learningRate: '1' } }, 'Wrong value of "learningRate": it must be a number, at least 0'],
  [{ lesson: { ...lesson, learningrate: 1 } }, 'Unknown option "learningrate": did you mean "learningRate"?'],
  [{ lesson: { ...lesson, epochs: 1 } }, 'Cannot teach without a length, or with two'],
  [{ lesson: { ...lesson, minDelta: 0.1 } }, 'Cannot use "minDelta" without "stopAfter"'],
  [{ start: { scratch: {} } }, 'Wrong value of "start"'],
  [{ train: { texts: 'a' } }, 'Wrong value of "train"'],
  [{ validation: 5 }, 'Wrong value of "validation"'],
  [{ keep: 'first' }, 'Wrong value of "keep": it must be "best" or "last"'],
  [{ evaluate: { ...evaluate, by: 'bleu' } }, 'Wrong value of "by"'],
  [{ evaluate: { ...evaluate, answers: [{ ...answers, generation: { numBeams: 0 } }] } }, 'Wrong value of "numBeams"'],
])('refuseTeachRequest() says in words what is wrong with %j', (more, sentence) => {
  refuseTeachRequest({ ...teach, evaluate } as never)
  expect(() => refuseTeachRequest({ ...teach, ...more } as never)).toThrow(sentence)
})

it.each([
  [{ num_beams: 4 }, 'Unknown option "num_beams": did you mean "numBeams"?'],
  [{ maxNewTokens: '4' }, 'Wrong value of "maxNewTokens": it must be a whole number of at least 1'],
  [{ suppressTokens: [-1] }, 'Wrong value of "suppressTokens": it must be a list of token ids'],
  [{ earlyStopping: 'always' }, 'Wrong value of "earlyStopping": it must be true, false or "never"'],
])('refuseRequest() refuses %j, by which answers would be written otherwise than asked', (generation, sentence) => {
  const request = { model: 'm', sources: 's', out: 'o', batch: 1, generation }
  expect(() => refuseRequest(request as never, predictFields)).toThrow(sentence)
})
