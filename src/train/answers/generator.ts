import { Fault } from '../../base/fault.ts'
import type { HeldModel, HeldTensor } from '../../engine/engine.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { type GenerationOptions, generationFields, strangeTokens } from '../../lesson/generation.ts'
import type { Architecture } from '../../model/family.ts'
import { AnswerSteps, type BeamRows, type Cache } from './answer-steps.ts'
import { BeamSearch, type Continuation, candidateCount, type ScoredSequence } from './beam-search.ts'
import { adjustScores, needsScores } from './logits-processors.ts'

/** A model in memory that answers. */
export interface AnsweringModel {
  readonly architecture: Architecture
  readonly model: HeldModel
  /** Where a model's files name others than its architecture. */
  readonly ids?: Partial<WritingIds> | undefined
}

/** The tokens that an answer begins and ends with. */
export interface WritingIds {
  readonly startId: number
  readonly eosIds: readonly number[]
}

/** An answer; greedy ones have no score. */
export interface Written {
  /** The start token, the answer, and the end unless the limit cut it; no padding. */
  readonly sequence: Int32Array
  readonly score?: number
}

/** Generates answers for tokenised sources with a model in memory. */
export class Generator {
  readonly #held: AnsweringModel
  readonly #startId: number
  readonly eosIds: ReadonlySet<number>
  readonly architecture: Architecture
  #steps: AnswerSteps | undefined
  /** Whether the model was seen to give numbers. */
  #givesNumbers = false

  constructor(held: AnsweringModel) {
    const { architecture, ids } = held
    this.#held = held
    this.architecture = architecture
    this.#startId = ids?.startId ?? architecture.decoderStartTokenId
    this.eosIds = new Set(ids?.eosIds ?? [architecture.eosTokenId])
  }

  /**
   * Answers a batch, with beams where there are several.
   *
   * @param sources token ids, `</s>` included
   * @returns for each source as many answers as were asked for, the best first
   * @throws {Fault} when a setting names a token that the model does not have
   * Source: same sequences and scores as transformers' `generate` without sampling.
   */
  async answers(sources: readonly Int32Array[], options: GenerationOptions): Promise<Written[][]> {
    checkIds(options, this.#held.architecture.vocabSize)
    if ((options.numBeams ?? 1) > 1) return await this.beams(sources, options)
    return (await this.greedy(sources, options)).map((sequence) => [{ sequence }])
  }

  /** The likeliest token each time. @returns the sequence of each source */
  async greedy(sources: readonly Int32Array[], options: GenerationOptions): Promise<Int32Array[]> {
    const { architecture: model } = this.#held
    const maxLength = longestSequence(options)
    const scored = needsScores(options)
    const sequences = sources.map(() => [this.#startId])
    this.#steps ??= new AnswerSteps(this.#held)
    let cache = await this.#steps.encode(sources, sources.length)
    let rows = sources.map((_, sequence) => sequence) // which sequence each row of the cache belongs to
    for (let length = 1; length < maxLength && rows.length > 0; length++) {
      // A sequence that has just ended is as long as the others: its last token tells.
      const isGoing = (sequence: number): boolean =>
        sequences[sequence]!.length === length && (length === 1 || !this.eosIds.has(sequences[sequence]!.at(-1)!))
      const tokens = rows.map((row) => (isGoing(row) ? sequences[row]!.at(-1)! : model.padTokenId))
      const wanted = scored || !this.#givesNumbers ? 'logits' : 'argmax'
      const step = await this.#steps.step(cache, tokens, length - 1, wanted)
      const logits = wanted === 'logits' ? (step.read.data as Float32Array) : undefined
      if (logits) this.#checkNumbers(logits)
      rows.forEach((row, at) => {
        if (!isGoing(row)) return
        if (logits) {
          const scores = logits.subarray(at * model.vocabSize, (at + 1) * model.vocabSize)
          const so = { sequence: sequences[row]!, source: sources[row]!, eosIds: this.eosIds, maxLength }
          adjustScores(scores, options, so)
          sequences[row]!.push(indexOfLargest(scores))
        } else sequences[row]!.push(Number(step.read.data[at]))
      })
      const kept = [...rows.keys()].filter((at) => {
        const sequence = sequences[rows[at]!]!
        return sequence.length > length && !this.eosIds.has(sequence.at(-1)!)
      })
      // Copying the cache costs about as much as a step: finished rows are carried along until they are many.
      const mostlyGoing = kept.length > rows.length * mostly
      cache = mostlyGoing
        ? step.cache
        : { fixed: await pickRows(step.cache.fixed, kept), grown: await pickRows(step.cache.grown, kept) }
      rows = mostlyGoing ? rows : kept.map((at) => rows[at]!)
    }
    releaseAll(cache)
    return sequences.map((sequence) => Int32Array.from(sequence))
  }

  /** Several beginnings of each answer at once. @returns the best answers of each source, the best first */
  async beams(sources: readonly Int32Array[], options: GenerationOptions): Promise<Written[][]> {
    const { numBeams = 1, numReturnSequences = 1 } = options
    const maxLength = longestSequence(options)
    const scored = needsScores(options)
    const searches = sources.map(
      () => new BeamSearch({ ...options, numBeams, maxLength, startId: this.#startId, eosIds: this.eosIds }),
    )
    const everything = numBeams * this.architecture.vocabSize
    const candidates = Math.min(everything, candidateCount({ numBeams, eosIds: this.eosIds }))
    this.#steps ??= new AnswerSteps(this.#held)
    let cache = await this.#steps.encode(sources, sources.length * numBeams)
    let places = sources.map((_, source) => source) // which source each block of the cache's rows belongs to
    // Of each source, the block of the cache's rows that its beams go on from.
    let blocks = new Map(places.map((source, block) => [source, block]))
    for (let length = 1; length < maxLength && places.length > 0; length++) {
      const asked: BeamRows = {
        tokens: places.flatMap((source) => searches[source]!.running.map(({ sequence }) => sequence.at(-1)!)),
        cacheRows: places.flatMap((source) =>
          searches[source]!.running.map(({ parent }) => blocks.get(source)! * numBeams + parent),
        ),
        scores: places.flatMap((source) => searches[source]!.running.map(({ score }) => score)),
        position: length - 1,
      }
      blocks = new Map(places.map((source, block) => [source, block]))
      const going = (block: number): boolean => !searches[places[block]!]!.isDone
      let next: Cache
      if (scored) {
        const step = await this.#steps.beamStep(cache, numBeams, asked)
        next = step.cache
        this.#checkNumbers(step.logProbs.data as Float32Array)
        for (const block of [...places.keys()].filter(going)) {
          const source = places[block]!
          const search = searches[source]!
          const rows = search.running.map((_, beam) => rowOf(step.logProbs, block * numBeams + beam))
          search.running.forEach(({ sequence }, beam) => {
            adjustScores(rows[beam]!, options, { sequence, source: sources[source]!, eosIds: this.eosIds, maxLength })
          })
          search.advance(rows)
        }
      } else {
        const step = await this.#steps.candidateStep(cache, numBeams, candidates, asked)
        next = step.cache
        this.#checkNumbers(step.scores)
        for (const block of [...places.keys()].filter(going)) {
          searches[places[block]!]!.goOn(candidatesOf(step, block, candidates, this.architecture.vocabSize))
        }
      }
      const kept = [...places.keys()].filter(going)
      // The step takes the rows of the cache that it needs; only what a source has once is copied.
      const mostlyGoing = kept.length > places.length * mostly
      cache = mostlyGoing ? next : { fixed: await pickRows(next.fixed, kept), grown: next.grown }
      places = mostlyGoing ? places : kept.map((block) => places[block]!)
    }
    releaseAll(cache)
    return searches.map((search) => search.best(numReturnSequences).map(writtenOf))
  }

  /**
   * Weights may be finite and so large that nothing comes of them: every answer would be empty. Once is enough, as weights
   * that are taught meanwhile are judged by their loss.
   *
   * @throws {Fault} when the scores of tokens are no numbers
   */
  #checkNumbers(scores: Float32Array): void {
    if (this.#givesNumbers) return
    if (scores.some(Number.isNaN)) {
      throw new Fault(
        "Cannot answer as the model's scores of tokens are no numbers: its weights are of no use, such as after too high a learning rate",
      )
    }
    this.#givesNumbers = true
  }

  /** Gives back memory that only further batches need. */
  rest(): void {
    this.#steps?.rest()
  }

  async release(): Promise<void> {
    await this.#steps?.release()
    this.#steps = undefined
  }
}

/**
 * The answer of a sequence: what stands between the start token and `</s>`. A token of another kind that the answer begins or
 * ends with is part of its text, as the reference decodes it.
 */
export function answerIds(sequence: Int32Array, { padTokenId, eosTokenId }: Ends): Int32Array {
  const begin = sequence[0] === padTokenId ? 1 : 0
  return sequence.subarray(begin, sequence.length > 1 && sequence.at(-1) === eosTokenId ? -1 : undefined)
}

type Ends = Pick<Architecture, 'padTokenId' | 'eosTokenId'>

/** Whether the model ended it, and not the limit. */
export function isEnded(sequence: Int32Array, eosIds: ReadonlySet<number>): boolean {
  return sequence.length > 1 && eosIds.has(sequence.at(-1)!)
}

/** transformers' own default where nothing names a limit: so many new tokens. */
const defaultNewTokens = 20
/** Copying costs about as much as a step: what is finished is carried along until less than this share goes on. */
const mostly = 0.75

/** Tokens of the longest sequence, the start token counted; `maxNewTokens` wins over `maxLength`, as in transformers. */
function longestSequence({ maxLength, maxNewTokens }: GenerationOptions): number {
  return maxNewTokens === undefined ? (maxLength ?? defaultNewTokens + 1) : maxNewTokens + 1
}

function checkIds(options: GenerationOptions, vocabSize: number): void {
  const [strange] = strangeTokens(generationFields(options), vocabSize)
  if (strange === undefined) return
  const { name, id } = strange
  throw new Fault(`Cannot answer with token ${id} in "${name}": the model's vocabulary has ${vocabSize} tokens`)
}

async function pickRows(
  tensors: Readonly<Record<string, HeldTensor>>,
  rows: readonly number[],
): Promise<Record<string, HeldTensor>> {
  const picked: Record<string, HeldTensor> = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    picked[name] = await tensor.pickRows(rows)
    tensor.release()
  }
  return picked
}

function releaseAll({ fixed, grown }: Cache): void {
  for (const tensor of [...Object.values(fixed), ...Object.values(grown)]) tensor.release()
}

function rowOf({ data, dims }: Tensor, row: number): Float32Array {
  const width = dims[1]!
  return (data as Float32Array).subarray(row * width, (row + 1) * width)
}

/** A step's candidates for one source. A score of minus infinity is none: that beam only fills a place. */
function candidatesOf(
  { scores, places }: { readonly scores: Float32Array; readonly places: BigInt64Array },
  block: number,
  count: number,
  vocabSize: number,
): Continuation[] {
  return Array.from({ length: count }, (_, at) => {
    const place = Number(places[block * count + at])
    return { beam: Math.floor(place / vocabSize), token: place % vocabSize, score: scores[block * count + at]! }
  }).filter(({ score }) => score > Number.NEGATIVE_INFINITY)
}

function writtenOf({ sequence, score }: ScoredSequence): Written {
  return { sequence: Int32Array.from(sequence), score }
}

function indexOfLargest(scores: Float32Array): number {
  let best = 0
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id
  return best
}
