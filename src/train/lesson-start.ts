import { evenly } from '../base/evenly.ts'
import type { OptimizerSettings } from '../engine/optimizer.ts'
import { putRows } from '../graph/table-rows.ts'
import { elementCount } from '../graph/tensor.ts'
import type { TeachRequest, TrimmedVocabulary } from '../lesson/protocol.ts'
import type { Architecture, Example } from '../model/family.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import { openModel } from '../pretrained/open-model.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { type Examples, readExamples } from './examples/examples.ts'
import type { TokensPlace } from './examples/kept-tokens.ts'
import { LossPass, meanLoss } from './loss-pass.ts'
import { parameterCount } from './memory/lesson-size.ts'
import type { MemoryBound } from './memory/memory-bound.ts'
import {
  type HeldWeights,
  type Holding,
  initialWeights,
  loadTaughtWeights,
  type StartParameters,
  type TaughtWeights,
  trimmedWeights,
} from './model-memory.ts'

/** What a lesson begins with. */
export interface LessonStart {
  readonly weights: TaughtWeights
  /** In the numbers of the weights' vocabulary, as are those of validation. */
  readonly train: Examples
  readonly validation: Examples | undefined
  /** Of a lesson that is taught with a part of the vocabulary. */
  readonly trimmed?: TrimmedLesson
  /** Parameters of the model that it leaves, which then stand beside those that are taught. */
  readonly wholeParameters?: number
}

/** What turns rows into token ids. */
interface Reading {
  readonly tokenizer: Tokenizer
  readonly tokensPlace: TokensPlace | undefined
}

/** Reads a lesson's start and its rows. @throws {Fault} on what cannot be used */
export async function beginLesson(
  request: TeachRequest,
  reading: Reading,
  optimizer: OptimizerSettings,
  holding: Holding,
): Promise<LessonStart> {
  const { start, lesson } = request
  if (lesson.trimVocab === 'auto') return await beginTrimmed(request, reading, optimizer, holding)
  const weights =
    'folder' in start
      ? await loadTaughtWeights(start.folder, optimizer, holding)
      : await initialWeights(parseArchitecture(start.scratch, 'scratch'), start.seed, optimizer, holding)
  return { weights, ...(await rowsOf(request, reading, weights)) }
}

async function beginTrimmed(
  request: TeachRequest,
  reading: Reading,
  optimizer: OptimizerSettings,
  holding: Holding,
): Promise<LessonStart> {
  const { start } = request
  return await withParameters(start, async (parameters, warnings) => {
    const { architecture } = parameters
    const rows = await rowsOf(request, reading, parameters)
    const { train, validation } = rows
    const kept = new KeptPieces(architecture, reading.tokenizer, validation ? [train, validation] : [train])
    const origin = 'folder' in start ? start.folder : 'scratch'
    const weights = { ...(await trimmedWeights(parameters, kept.ids, optimizer, { ...holding, origin })), warnings }
    return {
      weights,
      train: kept.trim(train),
      validation: validation && kept.trim(validation),
      wholeParameters: parameterCount(architecture),
      trimmed: new TrimmedLesson(request, { weights, kept, rows: validation ?? train, holding }),
    }
  })
}

interface TrimmedParts {
  readonly weights: TaughtWeights
  readonly kept: KeptPieces
  /** On which its loss is compared, in the whole vocabulary's numbers. */
  readonly rows: Examples
  readonly holding: Holding
}

/** A lesson that is taught with some pieces of the vocabulary, and the model that it leaves. */
class TrimmedLesson {
  readonly #request: TeachRequest
  readonly #parts: TrimmedParts
  #whole: WholeModel | undefined

  constructor(request: TeachRequest, parts: TrimmedParts) {
    this.#request = request
    this.#parts = parts
  }

  /** The whole model with what has been taught by now. */
  async whole(): Promise<HeldWeights> {
    const { weights, kept, holding } = this.#parts
    if (this.#whole !== undefined) await this.#whole.update()
    else {
      this.#whole = await withParameters(this.#request.start, (parameters) =>
        WholeModel.open(parameters, weights, kept.ids, holding),
      )
    }
    return this.#whole.weights
  }

  /** What the trimming comes to for the weights as they are now. @param bound of the lesson */
  async measure(bound?: MemoryBound): Promise<TrimmedVocabulary> {
    const { weights, kept, rows } = this.#parts
    const whole = await this.whole()
    const some = spread(rows, measuredRows)
    const lossOf = async (model: HeldWeights, examples: Examples): Promise<number> => {
      const { batch, labelSmoothing } = this.#request.lesson
      const pass = new LossPass(model, labelSmoothing, bound)
      const loss = await meanLoss(pass, examples, batch)
      await pass.release()
      return loss
    }
    const loss = await lossOf(weights, kept.trim(some))
    const wholeLoss = await lossOf(whole, some)
    return { pieces: kept.ids.length, of: whole.architecture.vocabSize, rows: some.count, loss, wholeLoss }
  }
}

/** Enough for the third digit of a loss, and little beside a lesson. */
const measuredRows = 256

/** So many of the examples, spread evenly. */
function spread(examples: Examples, most: number): Examples {
  const places = evenly(examples.count, most)
  const lengths = Int32Array.from(places, (place) => examples.lengths[place]!)
  const { tokens } = examples
  return { count: places.length, lengths, tokens, at: (example, epoch) => examples.at(places[example]!, epoch) }
}

async function rowsOf(
  { train, validation, lesson }: TeachRequest,
  { tokenizer, tokensPlace }: Reading,
  { architecture }: Pick<StartParameters, 'architecture'>,
): Promise<Pick<LessonStart, 'train' | 'validation'>> {
  const limits = { maxSource: lesson.maxSource, maxTarget: lesson.maxTarget }
  const read = (file: TeachRequest['train']) =>
    readExamples(file, tokenizer, architecture, limits, lesson.seed, tokensPlace)
  return { train: await read(train), validation: validation && (await read(validation)) }
}

async function withParameters<T>(
  start: TeachRequest['start'],
  use: (parameters: StartParameters, warnings: readonly string[]) => Promise<T>,
): Promise<T> {
  if ('folder' in start) {
    const opened = await openModel(start.folder)
    try {
      return await use(opened, opened.warnings)
    } finally {
      opened.close()
    }
  }
  const architecture = parseArchitecture(start.scratch, 'scratch')
  const readParameters: StartParameters['readParameters'] = async (take) => {
    for (const spec of architecture.parameters) {
      await take(spec, (data) => architecture.fillStart(spec.name, start.seed, data))
    }
  }
  return await use({ architecture, readParameters }, [])
}

/**
 * The pieces of a vocabulary that a lesson needs: those of its own rows, the ids that every model and tokenizer has, and the
 * sentinels. Rows of tests have no say, so that nothing of them reaches the lesson.
 */
class KeptPieces {
  /** Ascending. */
  readonly ids: Int32Array
  /** By piece; -1 where it is not kept. */
  readonly #places: Int32Array

  constructor(
    { vocabSize, padTokenId, eosTokenId, decoderStartTokenId }: Architecture,
    { padId, eosId, unkId, sentinelIds }: Tokenizer,
    examples: readonly Examples[],
  ) {
    const isKept = new Uint8Array(vocabSize)
    const keep = (id: number): void => {
      if (id >= 0 && id < vocabSize) isKept[id] = 1
    }
    for (const id of [padTokenId, eosTokenId, decoderStartTokenId, padId, eosId, unkId, ...sentinelIds]) keep(id)
    for (const { tokens } of examples) for (const ids of tokens()) ids.forEach(keep)
    this.ids = Int32Array.from(isKept.keys()).filter((id) => isKept[id] === 1)
    this.#places = new Int32Array(vocabSize).fill(-1)
    this.ids.forEach((id, place) => {
      this.#places[id] = place
    })
  }

  /** Examples in the numbers of the trimmed vocabulary. */
  trim(examples: Examples): Examples {
    return {
      ...examples,
      at: (example, epoch) => this.#trimExample(examples.at(example, epoch)),
    }
  }

  #trimExample({ source, target }: Example): Example {
    return { source: source.map((id) => this.#places[id]!), target: target.map((id) => this.#places[id]!) }
  }
}

/**
 * The whole model of a lesson that is taught with some pieces of the vocabulary: what the lesson saves and answers with. The
 * rows of all other pieces are the start's, to the bit: neither gradients nor weight decay have reached them.
 */
class WholeModel {
  readonly weights: HeldWeights
  readonly #taught: TaughtWeights
  readonly #pieces: Int32Array

  private constructor(weights: HeldWeights, taught: TaughtWeights, pieces: Int32Array) {
    this.weights = weights
    this.#taught = taught
    this.#pieces = pieces
  }

  /** @param pieces those that are taught, ascending */
  static async open(
    start: StartParameters,
    taught: TaughtWeights,
    pieces: Int32Array,
    { engine, threads }: Holding,
  ): Promise<WholeModel> {
    const { architecture, readParameters } = start
    const model = await engine.hold(architecture.parameters, { threads })
    const shapes = new Map(taught.architecture.parameters.map(({ name, shape }) => [name, shape]))
    await readParameters(async ({ name, shape }, fill) => {
      // Whatever is taught whole is copied before it is used.
      if (elementCount(shape) !== elementCount(shapes.get(name)!)) await model.write(name, fill)
    })
    const whole = new WholeModel({ architecture, model, warnings: [] }, taught, pieces)
    await whole.update()
    return whole
  }

  /** Takes over what has been taught by now. */
  async update(): Promise<void> {
    const { architecture, model } = this.weights
    for (const { name, shape } of architecture.parameters) {
      const taught = await this.#taught.model.read(name)
      const before = taught.length === elementCount(shape) ? undefined : await model.read(name)
      await model.write(name, (data) => {
        if (before === undefined) return data.set(taught)
        if (data.buffer !== before.buffer) data.set(before)
        putRows(taught, this.#pieces, data)
      })
    }
  }
}
