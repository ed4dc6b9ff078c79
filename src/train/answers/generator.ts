import { Fault } from '../../base/fault.ts'
import type { HeldModel, HeldTensor, Session } from '../../engine/engine.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { type GenerationOptions, generationFields } from '../../lesson/generation.ts'
import type { Architecture, Generation } from '../../model/family.ts'
import { BeamSearch, type ScoredSequence } from './beam-search.ts'
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
  #generation: Generation | undefined
  #encoder: Session | undefined
  #decoder: Session | undefined
  /** Whether the model was seen to give numbers. */
  #givesNumbers = false
  #beamDecoder: { readonly beams: number; readonly session: Session } | undefined

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
    let cache = await this.#encode(sources, sources.length)
    let rows = sources.map((_, sequence) => sequence) // which sequence each row of the cache belongs to
    for (let length = 1; length < maxLength && rows.length > 0; length++) {
      // A sequence that has just ended is as long as the others: its last token tells.
      const isGoing = (sequence: number): boolean =>
        sequences[sequence]!.length === length && (length === 1 || !this.eosIds.has(sequences[sequence]!.at(-1)!))
      const tokens = rows.map((row) => (isGoing(row) ? sequences[row]!.at(-1)! : model.padTokenId))
      const step = await this.#step(cache, tokens, length - 1, scored || !this.#givesNumbers)
      if (step.logits) this.#checkNumbers(step.logits)
      rows.forEach((row, at) => {
        if (!isGoing(row)) return
        let token = Number(step.argmax[at])
        if (step.logits) {
          const scores = step.logits.subarray(at * model.vocabSize, (at + 1) * model.vocabSize)
          const so = { sequence: sequences[row]!, source: sources[row]!, eosIds: this.eosIds, maxLength }
          adjustScores(scores, options, so)
          token = indexOfLargest(scores)
        }
        sequences[row]!.push(token)
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
    let cache = await this.#encode(sources, sources.length * numBeams)
    let places = sources.map((_, source) => source) // which source each block of the cache's rows belongs to
    // Of each source, the block of the cache's rows that its beams go on from.
    let blocks = new Map(places.map((source, block) => [source, block]))
    for (let length = 1; length < maxLength && places.length > 0; length++) {
      const { logProbs, cache: next } = await this.#beamStep(cache, numBeams, {
        tokens: places.flatMap((source) => searches[source]!.running.map(({ sequence }) => sequence.at(-1)!)),
        cacheRows: places.flatMap((source) =>
          searches[source]!.running.map(({ parent }) => blocks.get(source)! * numBeams + parent),
        ),
        position: length - 1,
      })
      this.#checkNumbers(logProbs.data as Float32Array)
      blocks = new Map(places.map((source, block) => [source, block]))
      places.forEach((source, block) => {
        const search = searches[source]!
        if (search.isDone) return
        const rows = search.running.map((_, beam) => rowOf(logProbs, block * numBeams + beam))
        if (scored) {
          search.running.forEach(({ sequence }, beam) => {
            adjustScores(rows[beam]!, options, { sequence, source: sources[source]!, eosIds: this.eosIds, maxLength })
          })
        }
        search.advance(rows)
      })
      const going = [...places.keys()].filter((block) => !searches[places[block]!]!.isDone)
      // The step takes the rows of the cache that it needs; only what a source has once is copied.
      const mostlyGoing = going.length > places.length * mostly
      cache = mostlyGoing ? next : { fixed: await pickRows(next.fixed, going), grown: next.grown }
      places = mostlyGoing ? places : going.map((block) => places[block]!)
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

  async release(): Promise<void> {
    await this.#encoder?.release()
    await this.#decoder?.release()
    await this.#beamDecoder?.session.release()
    this.#encoder = undefined
    this.#decoder = undefined
    this.#beamDecoder = undefined
  }

  /** @param rows of the cache of tokens */
  async #encode(sources: readonly Int32Array[], rows: number): Promise<Cache> {
    const { architecture, model } = this.#held
    this.#generation ??= architecture.generation()
    const { encoder, memory, emptyCache } = this.#generation
    this.#encoder ??= await model.session(encoder)
    const { inputs, kept } = this.#generation.sources(sources)
    const { held } = await this.#encoder.run(inputs, { read: [], hold: memory })
    const hold = (tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, HeldTensor>> =>
      mapValues(tensors, (tensor) => model.hold(tensor))
    return { fixed: { ...held, ...(await hold(kept)) }, grown: await hold(emptyCache(rows)) }
  }

  async #step(cache: Cache, tokens: readonly number[], position: number, scored: boolean): Promise<DecoderStep> {
    const { step, stepInputs } = this.#generation!
    this.#decoder ??= await this.#held.model.session(step)
    const wanted = scored ? 'logits' : 'argmax'
    const { read, cache: next } = await this.#run(this.#decoder, cache, stepInputs(tokens, position), wanted)
    return {
      cache: next,
      argmax: scored ? new BigInt64Array(tokens.length) : (read.data as BigInt64Array),
      logits: scored ? (read.data as Float32Array) : undefined,
    }
  }

  async #beamStep(
    cache: Cache,
    beams: number,
    { tokens, cacheRows, position }: { tokens: number[]; cacheRows: number[]; position: number },
  ): Promise<{ cache: Cache; logProbs: Tensor }> {
    const { beamStep, beamInputs, stepInputs } = this.#generation!
    if (this.#beamDecoder?.beams !== beams) {
      await this.#beamDecoder?.session.release()
      this.#beamDecoder = { beams, session: await this.#held.model.session(beamStep(beams)) }
    }
    const inputs = { ...stepInputs(tokens, position), ...beamInputs(cacheRows) }
    const { read, cache: next } = await this.#run(this.#beamDecoder.session, cache, inputs, 'log_probs')
    return { cache: next, logProbs: read }
  }

  /** Runs a step over a cache, which is given back longer. */
  async #run(
    session: Session,
    cache: Cache,
    inputs: Readonly<Record<string, Tensor>>,
    wanted: string,
  ): Promise<{ read: Tensor; cache: Cache }> {
    const names = this.#generation!.cache
    const outputs = { read: [wanted], hold: names.map((name) => `next_${name}`) }
    const { read, held } = await session.run({ ...cache.fixed, ...cache.grown, ...inputs }, outputs)
    for (const tensor of Object.values(cache.grown)) tensor.release()
    const grown = Object.fromEntries(names.map((name) => [name, held[`next_${name}`]!]))
    return { read: read[wanted]!, cache: { fixed: cache.fixed, grown } }
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

/** What the model keeps between tokens: `fixed` of the source, `grown` of the tokens so far. Axis 0 is the batch. */
interface Cache {
  readonly fixed: Readonly<Record<string, HeldTensor>>
  readonly grown: Readonly<Record<string, HeldTensor>>
}

interface DecoderStep {
  readonly cache: Cache
  readonly argmax: BigInt64Array
  /** [rows, vocabulary]; only where scores have to be adjusted. */
  readonly logits: Float32Array | undefined
}

function checkIds(options: GenerationOptions, vocabSize: number): void {
  const fields = Object.entries(generationFields(options)).filter(([name]) => /_(?:id|ids|tokens)$/u.test(name))
  for (const [name, value] of fields) {
    if (name === 'max_new_tokens' || name === 'min_new_tokens') continue
    const wrong = [value].flat(2).find((id) => Number(id) >= vocabSize)
    if (wrong === undefined) continue
    throw new Fault(`Cannot answer with token ${wrong} in "${name}": the model's vocabulary has ${vocabSize} tokens`)
  }
}

async function pickRows(
  tensors: Readonly<Record<string, HeldTensor>>,
  rows: readonly number[],
): Promise<Record<string, HeldTensor>> {
  return await mapValues(tensors, async (tensor) => {
    const picked = await tensor.pickRows(rows)
    tensor.release()
    return picked
  })
}

function releaseAll({ fixed, grown }: Cache): void {
  for (const tensor of [...Object.values(fixed), ...Object.values(grown)]) tensor.release()
}

function rowOf({ data, dims }: Tensor, row: number): Float32Array {
  const width = dims[1]!
  return (data as Float32Array).subarray(row * width, (row + 1) * width)
}

function writtenOf({ sequence, score }: ScoredSequence): Written {
  return { sequence: Int32Array.from(sequence), score }
}

/** One after the other: an engine runs one thing at a time. */
async function mapValues<A, B>(
  values: Readonly<Record<string, A>>,
  change: (value: A) => Promise<B>,
): Promise<Record<string, B>> {
  const changed: Record<string, B> = {}
  for (const [name, value] of Object.entries(values)) changed[name] = await change(value)
  return changed
}

function indexOfLargest(scores: Float32Array): number {
  let best = 0
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id
  return best
}
