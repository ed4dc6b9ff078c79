import type { HeldTensor, Session } from '../engine/engine.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { GenerationOptions } from '../lesson/protocol.ts'
import type { Generation } from '../model/family.ts'
import { adjustScores, needsScores } from './logits-processors.ts'
import type { HeldWeights } from './model-memory.ts'

/** Generates answers for tokenised sources with a model in memory. */
export class Generator {
  readonly #weights: HeldWeights
  #generation: Generation | undefined
  #encoder: Session | undefined
  #decoder: Session | undefined

  constructor(weights: HeldWeights) {
    this.#weights = weights
  }

  /**
   * Greedy decoding of a batch.
   *
   * @param sources token ids, `</s>` included
   * @returns for each source its sequence: the start token, the answer, `</s>` unless the limit cut it; no padding
   * Source: same sequences as transformers' `generate` with `num_beams=1, do_sample=False`.
   */
  async greedy(sources: readonly Int32Array[], options: GenerationOptions): Promise<Int32Array[]> {
    const { architecture: model } = this.#weights
    const maxLength = longestSequence(options)
    const scored = needsScores(options)
    const sequences = sources.map(() => [model.decoderStartTokenId])
    let cache = await this.#encode(sources)
    let rows = sources.map((_, sequence) => sequence) // which sequence each row of the cache belongs to
    for (let length = 1; length < maxLength && rows.length > 0; length++) {
      // A sequence that has just ended is as long as the others: its last token tells.
      const isGoing = (sequence: number): boolean =>
        sequences[sequence]!.length === length && (length === 1 || sequences[sequence]!.at(-1) !== model.eosTokenId)
      const tokens = rows.map((row) => (isGoing(row) ? sequences[row]!.at(-1)! : model.padTokenId))
      const step = await this.#step(cache, tokens, length - 1, scored)
      rows.forEach((row, at) => {
        if (!isGoing(row)) return
        let token = Number(step.argmax[at])
        if (step.logits) {
          const scores = step.logits.subarray(at * model.vocabSize, (at + 1) * model.vocabSize)
          adjustScores(scores, sequences[row]!, options, model.eosTokenId)
          token = indexOfLargest(scores)
        }
        sequences[row]!.push(token)
      })
      const kept = [...rows.keys()].filter((at) => {
        const sequence = sequences[rows[at]!]!
        return sequence.length > length && sequence.at(-1) !== model.eosTokenId
      })
      // Copying the cache costs about as much as a step: finished rows are carried along until they are many.
      const mostlyGoing = kept.length > rows.length * 0.75
      cache = mostlyGoing ? step.cache : await pickRows(step.cache, kept)
      rows = mostlyGoing ? rows : kept.map((at) => rows[at]!)
    }
    for (const tensor of [...Object.values(cache.fixed), ...Object.values(cache.grown)]) tensor.release()
    return sequences.map((sequence) => Int32Array.from(sequence))
  }

  async release(): Promise<void> {
    await this.#encoder?.release()
    await this.#decoder?.release()
    this.#encoder = undefined
    this.#decoder = undefined
  }

  async #encode(sources: readonly Int32Array[]): Promise<Cache> {
    const { architecture, model } = this.#weights
    this.#generation ??= architecture.generation()
    const { encoder, memory, emptyCache } = this.#generation
    this.#encoder ??= await model.session(encoder)
    const { inputs, kept } = this.#generation.sources(sources)
    const { held } = await this.#encoder.run(inputs, { read: [], hold: memory })
    const hold = (tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, HeldTensor>> =>
      mapValues(tensors, (tensor) => model.hold(tensor))
    return { fixed: { ...held, ...(await hold(kept)) }, grown: await hold(emptyCache(sources.length)) }
  }

  async #step(cache: Cache, tokens: readonly number[], position: number, scored: boolean): Promise<DecoderStep> {
    const { step, cache: names, stepInputs } = this.#generation!
    this.#decoder ??= await this.#weights.model.session(step)
    const inputs = { ...cache.fixed, ...cache.grown, ...stepInputs(tokens, position) }
    const wanted = { read: [scored ? 'logits' : 'argmax'], hold: names.map((name) => `next_${name}`) }
    const { read, held } = await this.#decoder.run(inputs, wanted)
    for (const tensor of Object.values(cache.grown)) tensor.release()
    const grown = Object.fromEntries(names.map((name) => [name, held[`next_${name}`]!]))
    return {
      cache: { fixed: cache.fixed, grown },
      argmax: (read.argmax?.data as BigInt64Array | undefined) ?? new BigInt64Array(tokens.length),
      logits: read.logits?.data as Float32Array | undefined,
    }
  }
}

/** The answer of a sequence: what stands between the start token and `</s>`. */
export function answerIds(sequence: Int32Array, eosId: number): Int32Array {
  return sequence.subarray(1, sequence.at(-1) === eosId ? -1 : undefined)
}

/** transformers' own default when a model's generation config names no limit. */
const defaultMaxLength = 20

/** Tokens of the longest sequence, the start token counted; `maxNewTokens` wins over `maxLength`, as in transformers. */
function longestSequence({ maxLength, maxNewTokens }: GenerationOptions): number {
  return maxNewTokens === undefined ? (maxLength ?? defaultMaxLength) : maxNewTokens + 1
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

async function pickRows({ fixed, grown }: Cache, rows: readonly number[]): Promise<Cache> {
  const pick = async (tensor: HeldTensor): Promise<HeldTensor> => {
    const picked = await tensor.pickRows(rows)
    tensor.release()
    return picked
  }
  return { fixed: await mapValues(fixed, pick), grown: await mapValues(grown, pick) }
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
