import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { programVersion } from '../base/package.ts'
import { hashFile } from '../content/hash-file.ts'
import { softwareWarnings } from '../devices/adapter-in-use.ts'
import { engineFor } from '../engine/backends/backends.ts'
import { chosenDevice } from '../lesson/device.ts'
import {
  type GenerationOptions,
  generationFields,
  generationOptions,
  generationProblem,
  mergeGeneration,
} from '../lesson/generation.ts'
import type {
  LossEvent,
  LossRequest,
  LossResult,
  PredictEvent,
  PredictRequest,
  PredictResult,
} from '../lesson/protocol.ts'
import { folderGeneration, folderIds, generationWarnings } from '../pretrained/folder-generation.ts'
import { modelStamp } from '../pretrained/model-stamp.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { answerSources } from './answers/answer-sources.ts'
import { cutSentence } from './answers/cut-sentence.ts'
import { Generator } from './answers/generator.ts'
import { readExamples, readFields } from './examples/examples.ts'
import { tokenProblem } from './examples/token-problem.ts'
import { KeptAnswers } from './lifetime/kept-answers.ts'
import { LossPass, lossesOf } from './loss-pass.ts'
import { type HeldWeights, type Holding, loadWeights } from './model-memory.ts'

/**
 * Answers every source of a JSONL file with a model folder, and writes the predictions in the same order.
 *
 * @throws {Fault} on unusable input or a full disk; then `out` is not written
 */
export async function predictFile(
  request: PredictRequest,
  onEvent: (event: PredictEvent) => void,
): Promise<PredictResult> {
  const begun = performance.now()
  const generation = settingsOf(request)
  const tokenizer = loadTokenizer(request.model)
  const weights = await loadWeights(request.model, await holdingFor(request))
  const ofFolder = request.followsFolder ? generationWarnings(request.model) : []
  for (const message of [...warningsOf(request, weights), ...ofFolder]) onEvent({ type: 'warning', message })
  const rows = await readFields(request.sources, ['source'])
  const { prefix = '', maxSource } = request
  const sources = rows.map(({ source }) =>
    tokenizer.encode(prefix + source, maxSource === undefined ? {} : { maxLength: maxSource }),
  )
  if (request.tellsCut && maxSource !== undefined) {
    const lengths = rows.map(({ source }) => tokenizer.encode(prefix + source).length)
    const message = cutSentence(lengths, maxSource)
    if (message !== undefined) onEvent({ type: 'warning', message })
  }
  refuseUnanswerable(sources, weights)
  const generator = new Generator({ ...weights, ids: folderIds(request.model) })
  const answering = { generator, tokenizer }
  const keeping = request.keep === undefined ? undefined : new KeptAnswers(request.keep, identityOf(request))
  const kept = keeping?.answers ?? []
  let before = begun
  const predictions = await answerSources(answering, sources, generation, request.batch, {
    kept,
    onAnswers(from, answers) {
      const now = performance.now()
      keeping?.append({ from, answers, seconds: (now - before) / 1000 })
      before = now
    },
    onDone: (done) => onEvent({ type: 'predicted', done, total: rows.length, from: kept.length }),
  })
  await generator.release()
  writeFileAtomic(request.out, predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join(''))
  const seconds = (keeping?.seconds ?? 0) + (performance.now() - begun) / 1000
  return { seconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
}

function warningsOf({ device }: Pick<PredictRequest, 'device'>, { warnings }: HeldWeights): string[] {
  return [...softwareWarnings(chosenDevice(device)), ...warnings]
}

/**
 * The loss of every pair of a JSONL file under a model folder, without dropout.
 *
 * @throws {Fault} on unusable input
 */
export async function lossOfFile(request: LossRequest, onEvent: (event: LossEvent) => void): Promise<LossResult> {
  const tokenizer = loadTokenizer(request.model)
  const weights = await loadWeights(request.model, await holdingFor(request))
  for (const message of warningsOf(request, weights)) onEvent({ type: 'warning', message })
  const limits = { maxSource: request.maxSource, maxTarget: request.maxTarget }
  const examples = await readExamples(
    { pairs: request.pairs, prefix: request.prefix ?? '' },
    tokenizer,
    weights.architecture,
    limits,
    0,
  )
  const losses = new LossPass(weights)
  const perExample: number[] = []
  let sum = 0
  let tokens = 0
  for await (const tokenLosses of lossesOf(losses, examples, request.batch)) {
    const total = tokenLosses.reduce((part, loss) => part + loss, 0)
    perExample.push(total / tokenLosses.length)
    sum += total
    tokens += tokenLosses.length
  }
  await losses.release()
  if (!Number.isFinite(sum)) {
    throw new Fault(`Cannot measure a loss with "${request.model}" as it comes to ${sum}: its weights are of no use`)
  }
  return { loss: sum / tokens, tokens, per_example: perExample }
}

/** Where a request's model is held. @throws {Fault} if its device cannot be used */
export async function holdingFor({ device, threads }: Pick<PredictRequest, 'device' | 'threads'>): Promise<Holding> {
  return { engine: await engineFor(chosenDevice(device)), threads }
}

/** Everything that answers depend on, wherever it lies. */
function identityOf({ model, sources, out: _, keep: __, threads, ...request }: PredictRequest): string {
  const hash = createHash('sha256').update(hashFile(sources)).update(modelStamp(model))
  const places = { threads: threads ?? availableParallelism(), program: programVersion() }
  return `${JSON.stringify({ ...request, ...places })} ${hash.digest('hex')}`
}

/** A request's settings over those of the folder, where it follows them. */
function settingsOf({ model, generation, followsFolder }: PredictRequest): GenerationOptions {
  const merged = followsFolder ? mergeGeneration(generationOptions(folderGeneration(model)), generation) : generation
  const problem = generationProblem(generationFields(generation), generationFields(merged))
  if (problem !== undefined) throw new Fault(`Cannot answer ${problem.sentence}`)
  return merged
}

/** @throws {Fault} naming the first source that the model cannot take */
export function refuseUnanswerable(sources: readonly Int32Array[], { architecture }: HeldWeights): void {
  for (const [row, ids] of sources.entries()) {
    const problem = tokenProblem(ids, architecture.vocabSize, 'it')
    if (problem !== undefined) throw new Fault(`Cannot answer source ${row + 1} as ${problem}`)
  }
}
