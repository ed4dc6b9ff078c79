import { GraphSession, type Tensor } from '../engine/cpu/session.ts'
import type { GenerationOptions } from '../lesson/protocol.ts'
import { packSources } from '../model/t5/batch.ts'
import { type GenerationGraph, t5DecoderStepGraph, t5EncoderGraph } from '../model/t5/generation-graph.ts'
import { relativePositionBuckets } from '../model/t5/position.ts'
import { sessionOptions } from './lesson-pass.ts'
import { adjustScores, needsScores } from './logits-processors.ts'
import { parameterFeeds, type Weights } from './model-memory.ts'

/** Generates answers for tokenised sources with a model in memory. */
export class Generator {
  readonly #weights: Weights
  readonly #threads: number | undefined
  #encoder: Bound | undefined
  #decoder: Bound | undefined

  constructor(weights: Weights, threads?: number) {
    this.#weights = weights
    this.#threads = threads
  }

  /**
   * Greedy decoding of a batch.
   *
   * @param sources token ids, `</s>` included
   * @returns for each source its sequence: the start token, the answer, `</s>` unless the limit cut it; no padding
   * Source: same sequences as transformers' `generate` with `num_beams=1, do_sample=False`.
   */
  async greedy(sources: readonly Int32Array[], options: GenerationOptions): Promise<Int32Array[]> {
    const { config } = this.#weights
    const maxLength = longestSequence(options)
    const scored = needsScores(options)
    const sequences = sources.map(() => [config.decoderStartTokenId])
    let cache = await this.#encode(sources)
    let rows = sources.map((_, sequence) => sequence) // which sequence each row of the cache belongs to
    for (let length = 1; length < maxLength && rows.length > 0; length++) {
      // A sequence that has just ended is as long as the others: its last token tells.
      const isGoing = (sequence: number): boolean =>
        sequences[sequence]!.length === length && (length === 1 || sequences[sequence]!.at(-1) !== config.eosTokenId)
      const tokens = rows.map((row) => (isGoing(row) ? sequences[row]!.at(-1)! : config.padTokenId))
      const step = await this.#step(cache, tokens, length - 1, scored)
      rows.forEach((row, at) => {
        if (!isGoing(row)) return
        let token = Number(step.argmax[at])
        if (step.logits) {
          const scores = step.logits.subarray(at * config.vocabSize, (at + 1) * config.vocabSize)
          adjustScores(scores, sequences[row]!, options, config.eosTokenId)
          token = indexOfLargest(scores)
        }
        sequences[row]!.push(token)
      })
      const kept = [...rows.keys()].filter((at) => {
        const sequence = sequences[rows[at]!]!
        return sequence.length > length && sequence.at(-1) !== config.eosTokenId
      })
      // Copying the cache costs about as much as a step: finished rows are carried along until they are many.
      const mostlyGoing = kept.length > rows.length * 0.75
      cache = mostlyGoing ? step.cache : keepRows(step.cache, kept)
      rows = mostlyGoing ? rows : kept.map((at) => rows[at]!)
    }
    return sequences.map((sequence) => Int32Array.from(sequence))
  }

  async release(): Promise<void> {
    await this.#encoder?.session.release()
    await this.#decoder?.session.release()
    this.#encoder = undefined
    this.#decoder = undefined
  }

  async #encode(sources: readonly Int32Array[]): Promise<Cache> {
    const { config } = this.#weights
    this.#encoder ??= await bind(this.#weights, t5EncoderGraph(config), this.#threads)
    const { inputs } = packSources(config, sources)
    const names = this.#layers(['cross_key', 'cross_value'])
    const fixed = await this.#encoder.run(inputs, Object.fromEntries(names.map((name) => [name, null])))
    const nothing = [sources.length, config.numHeads, 0, config.dKv]
    const grown = Object.fromEntries(
      this.#layers(['key', 'value']).map((name) => [
        name,
        { type: 'float', data: new Float32Array(0), dims: nothing } as const,
      ]),
    )
    return { fixed: { ...fixed, source_padding: inputs.source_padding! }, grown }
  }

  async #step(cache: Cache, tokens: readonly number[], position: number, scored: boolean): Promise<DecoderStep> {
    const { config } = this.#weights
    this.#decoder ??= await bind(this.#weights, t5DecoderStepGraph(config), this.#threads)
    const buckets = relativePositionBuckets(config, 1, position + 1, { bidirectional: false, firstQuery: position })
    const names = this.#layers(['key', 'value'])
    const wanted = names.map((name) => [`next_${name}`, null] as const)
    const results = await this.#decoder.run(
      {
        ...cache.fixed,
        ...cache.grown,
        token_ids: { type: 'int64', data: BigInt64Array.from(tokens, (id) => BigInt(id)), dims: [tokens.length] },
        position_buckets: { type: 'int64', data: buckets, dims: [1, position + 1] },
      },
      Object.fromEntries([...wanted, [scored ? 'logits' : 'argmax', null]]),
    )
    const grown = Object.fromEntries(names.map((name) => [name, results[`next_${name}`]!]))
    return {
      cache: { fixed: cache.fixed, grown },
      argmax: (results.argmax?.data as BigInt64Array | undefined) ?? new BigInt64Array(tokens.length),
      logits: results.logits?.data as Float32Array | undefined,
    }
  }

  #layers(kinds: readonly string[]): string[] {
    const layers = Array.from({ length: this.#weights.config.numDecoderLayers }, (_, layer) => layer)
    return layers.flatMap((layer) => kinds.map((kind) => `${kind}:${layer}`))
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

/** Keys and values: `fixed` from the encoder's output, `grown` of the tokens so far. Axis 0 is the batch. */
interface Cache {
  readonly fixed: Readonly<Record<string, Tensor>>
  readonly grown: Readonly<Record<string, Tensor>>
}

interface DecoderStep {
  readonly cache: Cache
  readonly argmax: BigInt64Array
  /** [rows, vocabulary]; only where scores have to be adjusted. */
  readonly logits: Float32Array | undefined
}

/** A session with the weights that its graph takes. */
interface Bound {
  readonly session: GraphSession
  run(inputs: Readonly<Record<string, Tensor>>, outputs: Record<string, null>): Promise<Record<string, Tensor>>
}

async function bind(
  weights: Weights,
  { graph, parameters }: GenerationGraph,
  threads: number | undefined,
): Promise<Bound> {
  const session = await GraphSession.create(graph, sessionOptions(threads))
  const feeds = parameterFeeds(weights, parameters)
  return { session, run: (inputs, outputs) => session.run({ ...feeds, ...inputs }, outputs) }
}

function keepRows(cache: Cache, rows: readonly number[]): Cache {
  const keep = (tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { data, dims }]) => {
        const width = data.length / dims[0]!
        const kept = new Float32Array(rows.length * width)
        rows.forEach((row, at) => {
          kept.set((data as Float32Array).subarray(row * width, (row + 1) * width), at * width)
        })
        return [name, { type: 'float', data: kept, dims: [rows.length, ...dims.slice(1)] }]
      }),
    )
  return { fixed: keep(cache.fixed), grown: keep(cache.grown) }
}

function indexOfLargest(scores: Float32Array): number {
  let best = 0
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id
  return best
}
