import type { HeldModel, HeldTensor, Session } from '../../engine/engine.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import type { Architecture, Generation } from '../../model/family.ts'
import { Rooms } from './rooms.ts'

/** What the model keeps between tokens: `fixed` of the source, `grown` of the tokens so far. Axis 0 is the batch. */
export interface Cache {
  readonly fixed: Readonly<Record<string, HeldTensor>>
  readonly grown: Readonly<Record<string, HeldTensor>>
}

/** What goes into a step of several beams a source. */
export interface BeamRows {
  readonly tokens: readonly number[]
  /** The row of the cache that each row goes on from. */
  readonly cacheRows: readonly number[]
  readonly scores: readonly number[]
  readonly position: number
}

/** A model's runs over a batch of sources: the encoder once, then a step a token. */
export class AnswerSteps {
  readonly #model: HeldModel
  readonly #generation: Generation
  readonly #rooms: Rooms
  readonly #sessions = new Map<string, Promise<Session>>()

  constructor({ model, architecture }: { readonly model: HeldModel; readonly architecture: Architecture }) {
    this.#model = model
    this.#generation = architecture.generation(model.dialect)
    this.#rooms = new Rooms(model)
  }

  /**
   * Reads the sources, a few at a time: what a layer makes of them is then still near when the next one needs it.
   *
   * @param rows of the cache of tokens
   */
  async encode(sources: readonly Int32Array[], rows: number): Promise<Cache> {
    const { encoder, memory: names, ...generation } = this.#generation
    const session = await this.#session('encoder', () => encoder)
    const longest = Math.max(0, ...sources.map(({ length }) => length))
    const dims = generation.memoryDims(sources.length, longest)
    const memory = await recordOf(names, (name) => this.#rooms.tensor(name, dims))
    const width = elementCount(dims) / sources.length
    for (const { begin, end } of passesOf(sources)) {
      const part = generation.memoryDims(end - begin, longest)
      const into = await recordOf(names, (name) => memory[name]!.part(begin * width, part))
      await session.run(generation.encoderInputs(sources.slice(begin, end), longest), { read: [], into })
    }
    const inputs = generation.sourceInputs(sources)
    const kept = await recordOf(Object.keys(inputs), (name) => this.#model.hold(inputs[name]!))
    const empty: Tensor = { type: 'float', data: new Float32Array(0), dims: generation.cacheDims(rows, 0) }
    return { fixed: { ...memory, ...kept }, grown: await recordOf(generation.cache, () => this.#model.hold(empty)) }
  }

  /** The likeliest next token of each row, int64 [rows], or the scores of all tokens, [rows, vocabulary]. */
  async step(
    cache: Cache,
    tokens: readonly number[],
    position: number,
    wanted: 'argmax' | 'logits',
  ): Promise<{ cache: Cache; read: Tensor }> {
    const few = this.#model.dialect.packsSecond && tokens.length <= fewRows
    const session = await this.#session(few ? 'step of few rows' : 'step', () => this.#generation.step(few))
    const inputs = this.#generation.stepInputs(tokens, position)
    const { read, cache: next } = await this.#run(session, cache, inputs, {
      wanted: [wanted],
      rows: tokens.length,
      position,
    })
    return { cache: next, read: read[wanted]! }
  }

  /** The log probabilities of all tokens in each row, [rows, vocabulary]. */
  async beamStep(cache: Cache, beams: number, rows: BeamRows): Promise<{ cache: Cache; logProbs: Tensor }> {
    const session = await this.#session(`${beams} beams`, () => this.#generation.beamStep(beams, undefined))
    const { tokens, position, cacheRows } = rows
    const inputs = { ...this.#generation.stepInputs(tokens, position), ...this.#generation.beamInputs(cacheRows) }
    const wanted = ['log_probs']
    const { read, cache: next } = await this.#run(session, cache, inputs, { wanted, rows: tokens.length, position })
    return { cache: next, logProbs: read.log_probs! }
  }

  /** The best continuations of each source: their scores, and their places as beam * vocabulary + token, [sources, candidates]. */
  async candidateStep(
    cache: Cache,
    beams: number,
    candidates: number,
    { tokens, position, cacheRows, scores }: BeamRows,
  ): Promise<{ cache: Cache; scores: Float32Array; places: BigInt64Array }> {
    const name = `${candidates} of ${beams} beams`
    const session = await this.#session(name, () => this.#generation.beamStep(beams, candidates))
    const inputs = {
      ...this.#generation.stepInputs(tokens, position),
      ...this.#generation.beamInputs(cacheRows, scores),
    }
    const wanted = ['candidate_scores', 'candidate_places']
    const { read, cache: next } = await this.#run(session, cache, inputs, { wanted, rows: tokens.length, position })
    return {
      cache: next,
      scores: read.candidate_scores!.data as Float32Array,
      places: read.candidate_places!.data as BigInt64Array,
    }
  }

  /** Gives back the memory that batches leave to the next ones. */
  rest(): void {
    this.#rooms.release()
  }

  async release(): Promise<void> {
    this.rest()
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }

  #session(name: string, graph: () => Generation['encoder']): Promise<Session> {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const session = this.#model.session(graph())
    this.#sessions.set(name, session)
    return session
  }

  /** Runs a step over a cache, which is given back longer: two rooms take turns. */
  async #run(
    session: Session,
    cache: Cache,
    inputs: Readonly<Record<string, Tensor>>,
    {
      wanted,
      rows,
      position,
    }: { readonly wanted: readonly string[]; readonly rows: number; readonly position: number },
  ): Promise<{ read: Readonly<Record<string, Tensor>>; cache: Cache }> {
    const { cache: names, cacheDims } = this.#generation
    const length = position + 1
    const dims = cacheDims(rows, length)
    const roomDims = cacheDims(rows, Math.ceil(length / roomLength) * roomLength)
    const grown = await recordOf(names, (name) => this.#rooms.tensor(`${name} ${position % 2}`, dims, roomDims))
    const into = Object.fromEntries(names.map((name) => [`next_${name}`, grown[name]!]))
    const { read } = await session.run({ ...cache.fixed, ...cache.grown, ...inputs }, { read: wanted, into })
    for (const tensor of Object.values(cache.grown)) tensor.release()
    return { read, cache: { fixed: cache.fixed, grown } }
  }
}

/** Source tokens of one pass of the encoder: a layer's activations of a small model then fit the processor's caches. */
const passTokens = 1024
/** Up to so many rows products with weights in the first place are quicker: with 128 they were slower again (bench/README.md). */
const fewRows = 64
/** By so many tokens the rooms of the cache grow. */
const roomLength = 32

/** Which sources are read together, in their order. */
function passesOf(sources: readonly Int32Array[]): { readonly begin: number; readonly end: number }[] {
  const passes: { begin: number; end: number; tokens: number }[] = []
  sources.forEach(({ length }, source) => {
    const last = passes.at(-1)
    if (last === undefined || last.tokens + length > passTokens) {
      passes.push({ begin: source, end: source + 1, tokens: length })
    } else {
      last.end = source + 1
      last.tokens += length
    }
  })
  return passes
}

/** One after the other: an engine runs one thing at a time. */
async function recordOf<V>(
  names: readonly string[],
  valueFor: (name: string) => V | Promise<V>,
): Promise<Record<string, V>> {
  const made: Record<string, V> = {}
  for (const name of names) made[name] = await valueFor(name)
  return made
}
