import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { refuseLfsPointer } from '../base/lfs-pointer.ts'
import { defaultDevice, engineFor } from '../engine/backends/backends.ts'
import type {
  GenerationOptions,
  LossRequest,
  LossResult,
  PredictEvent,
  PredictRequest,
  PredictResult,
} from '../lesson/protocol.ts'
import { generationFile } from '../pretrained/model-files.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { answerSources } from './answer-sources.ts'
import { readExamples, readFields } from './examples.ts'
import { Generator } from './generate.ts'
import { LossPass } from './loss-pass.ts'
import { lossesOf } from './losses.ts'
import { type HeldWeights, loadWeights } from './model-memory.ts'

/**
 * Answers every source of a JSONL file with a model folder, greedily, and writes the predictions in the same order.
 *
 * @throws {Fault} on unusable input or a full disk; then `out` is not written
 */
export async function predictFile(
  request: PredictRequest,
  onEvent: (event: PredictEvent) => void,
): Promise<PredictResult> {
  const begun = performance.now()
  const { numBeams = 1 } = request.generation
  if (numBeams !== 1) throw new Fault(`Cannot answer with ${numBeams} beams as beam search is not there yet: ask for 1`)
  const tokenizer = loadTokenizer(request.model)
  const weights = await loadWeights(request.model, { engine: await engineFor(defaultDevice), threads: request.threads })
  const rows = await readFields(request.sources, ['source'])
  const generation = mergeGeneration(folderGeneration(request.model), request.generation)
  const { prefix = '', maxSource } = request
  const sources = rows.map(({ source }) =>
    tokenizer.encode(prefix + source, maxSource === undefined ? {} : { maxLength: maxSource }),
  )
  checkVocabulary(sources, weights, request.sources)
  const generator = new Generator(weights)
  const answering = { generator, tokenizer, eosId: weights.architecture.eosTokenId }
  const predictions = await answerSources(answering, sources, generation, request.batch, {
    onDone: (done) => onEvent({ type: 'predicted', done, total: rows.length }),
  })
  await generator.release()
  writeFileAtomic(request.out, predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join(''))
  return { seconds: (performance.now() - begun) / 1000, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
}

/**
 * The loss of every pair of a JSONL file under a model folder, without dropout.
 *
 * @throws {Fault} on unusable input
 */
export async function lossOfFile(request: LossRequest): Promise<LossResult> {
  const tokenizer = loadTokenizer(request.model)
  const weights = await loadWeights(request.model, { engine: await engineFor(defaultDevice), threads: request.threads })
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

/** The limits that a model folder's `generation_config.json` names. */
function folderGeneration(folder: string): GenerationOptions {
  const path = join(folder, generationFile)
  if (!existsSync(path)) return {}
  let raw: Record<string, unknown>
  try {
    const text = readFileSync(path, 'utf8')
    refuseLfsPointer(path, text)
    raw = JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(`Cannot read "${path}" as JSON`)
  }
  const found: GenerationOptions = {}
  for (const [key, name] of generationKeys) {
    const value = raw[key]
    if (typeof value === 'number') found[name] = value
  }
  return found
}

const generationKeys = [
  ['max_length', 'maxLength'],
  ['max_new_tokens', 'maxNewTokens'],
  ['min_new_tokens', 'minNewTokens'],
  ['repetition_penalty', 'repetitionPenalty'],
  ['no_repeat_ngram_size', 'noRepeatNgramSize'],
] as const

/** A request's own options over the folder's: asking for one kind of limit drops the other kind. */
function mergeGeneration(folder: GenerationOptions, asked: GenerationOptions): GenerationOptions {
  const merged = { ...folder, ...asked }
  if (asked.maxLength !== undefined && asked.maxNewTokens === undefined) delete merged.maxNewTokens
  return merged
}

/** @throws {Fault} naming the first source with a token id that the model does not have */
export function checkVocabulary(sources: readonly Int32Array[], { architecture }: HeldWeights, path: string): void {
  sources.forEach((ids, row) => {
    const wrong = ids.find((id) => id >= architecture.vocabSize)
    if (wrong !== undefined) {
      throw new Fault(
        `Cannot answer source ${row + 1} of "${path}" as its token id ${wrong} is outside the model's vocabulary of ${architecture.vocabSize}: its embeddings were not made larger for tokens that were added, or the tokenizer is another model's`,
      )
    }
  })
}
