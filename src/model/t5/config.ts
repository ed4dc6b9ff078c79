import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { ConfigFault } from '../config-fault.ts'

/** The feed-forward layer's non-linearity; `gelu-tanh` is the tanh approximation that T5 v1.1 and mT5 use. */
export type Activation = 'relu' | 'gelu-tanh' | 'gelu' | 'silu'

/** What a T5 may call itself in `model_type`. */
export type T5ModelType = keyof typeof modelTypes

/** A T5 model's sizes and settings, read from a Hugging Face `config.json`. */
export interface T5Config {
  readonly modelType: T5ModelType
  readonly vocabSize: number
  readonly dModel: number
  /** Width of one attention head; heads x dKv need not equal dModel. */
  readonly dKv: number
  readonly dFf: number
  readonly numLayers: number
  readonly numDecoderLayers: number
  readonly numHeads: number
  readonly relativeAttentionNumBuckets: number
  readonly relativeAttentionMaxDistance: number
  /** Every block has a table of position biases of its own, instead of the first one's for all. */
  readonly biasInEveryBlock: boolean
  readonly dropoutRate: number
  readonly layerNormEpsilon: number
  readonly initializerFactor: number
  readonly activation: Activation
  /** Two input projections, `wi_0` activated and `wi_1` multiplied in, instead of one `wi`. */
  readonly gated: boolean
  /** The output layer is the embedding itself: there is no `lm_head.weight`. */
  readonly tied: boolean
  /** The decoder's output is multiplied by dModel^-0.5 before the output layer. */
  readonly scaleOutput: boolean
  readonly padTokenId: number
  readonly eosTokenId: number
  readonly decoderStartTokenId: number
  /** The file's own keys, so that a saved folder keeps those that this program does not use. */
  readonly raw: Readonly<Record<string, unknown>>
}

/**
 * Checks a `config.json` and fills what it leaves out with the defaults of transformers 4.57 (`T5Config`, `MT5Config`, `UMT5Config`).
 * What transformers 5 has written is read as it means it.
 *
 * `tied` is what the config says; a weight file without `lm_head.weight` makes it true later (see `openModel`).
 *
 * @param file the path to name in faults
 * @throws {Fault} listing every key that cannot be used
 */
export function parseT5Config(json: unknown, file: string): T5Config {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Fault(`Cannot read the model config "${file}": expected a JSON object, found ${describe(json)}`)
  }
  const raw = json as Record<string, unknown>
  const problems: string[] = []
  const modelType = readModelType(raw, problems)
  const defaults = modelTypes[modelType]
  // Of several that may end an answer, a target ends with the first.
  const reader = keyReader({ ...raw, eos_token_id: [raw.eos_token_id].flat()[0] }, problems)
  const numLayers = reader.size('num_layers', defaults.numLayers, maxLayers)
  // As in transformers, the decoder copies `num_layers` before the alias `num_hidden_layers` is applied.
  const numDecoderLayers = reader.size('num_decoder_layers', numLayers, maxLayers)
  const feedForward = readFeedForward(raw, defaults.feedForward, problems)
  const tieWordEmbeddings = reader.flag('tie_word_embeddings', defaults.tied)
  const padTokenId = reader.tokenId('pad_token_id', 0)
  const config: T5Config = {
    modelType,
    vocabSize: reader.size('vocab_size', defaults.vocabSize),
    dModel: reader.size('hidden_size', reader.size('d_model', 512)),
    dKv: reader.size('head_dim', reader.size('d_kv', 64)),
    dFf: reader.size('d_ff', defaults.dFf),
    numLayers: reader.size('num_hidden_layers', numLayers, maxLayers),
    numDecoderLayers,
    numHeads: reader.size('num_attention_heads', reader.size('num_heads', defaults.numHeads)),
    relativeAttentionNumBuckets: reader.size('relative_attention_num_buckets', 32),
    relativeAttentionMaxDistance: reader.size('relative_attention_max_distance', 128),
    biasInEveryBlock: defaults.biasInEveryBlock,
    dropoutRate: reader.number('dropout_rate', 0.1, (rate) => rate >= 0 && rate < 1, 'a number from 0 to below 1'),
    layerNormEpsilon: reader.number('layer_norm_epsilon', 1e-6, (epsilon) => epsilon >= 0, 'a number of at least 0'),
    initializerFactor: reader.number('initializer_factor', 1, (factor) => factor >= 0, 'a number of at least 0'),
    ...feedForward,
    tied: tieWordEmbeddings,
    scaleOutput: readScaleOutput(raw, modelType, tieWordEmbeddings, reader.flag(scaleKey, tieWordEmbeddings)),
    padTokenId,
    eosTokenId: reader.tokenId('eos_token_id', 1),
    decoderStartTokenId: reader.tokenId('decoder_start_token_id', defaults.decoderStart ?? padTokenId),
    raw,
  }
  checkTogether(config, problems)
  if (problems.length > 0) throw new ConfigFault(file, problems)
  return config
}

/** Known to transformers 5 alone. */
const scaleKey = 'scale_decoder_outputs'

/**
 * transformers 4 scales where the embedding is tied, whatever else a file says. transformers 5 calls every T5 tied, even one that it
 * saves with an output layer of its own; it has a key of its own for the scale, and never scales an mT5.
 */
function readScaleOutput(
  raw: Record<string, unknown>,
  modelType: T5ModelType,
  tied: boolean,
  scaled: boolean,
): boolean {
  if (isWrittenBefore5(raw)) return tied
  const isSince5 = /^\d/u.test(String(raw.transformers_version ?? ''))
  return isSince5 && modelType === 'mt5' ? false : scaled
}

function isWrittenBefore5({ transformers_version: version }: Readonly<Record<string, unknown>>): boolean {
  return /^[0-4](?:\.|$)/u.test(String(version ?? ''))
}

/** The key of a config that decides whether the output is scaled. */
export function decidingScaleKey({ raw }: Pick<T5Config, 'raw'>): string {
  return scaleKey in raw && !isWrittenBefore5(raw) ? scaleKey : 'tie_word_embeddings'
}

const multilingual = { vocabSize: 250112, dFf: 1024, numLayers: 8, numHeads: 6, feedForward: 'gated-gelu' }

/** What each `model_type` has by default, how transformers calls its class, and what its config does not say. */
const modelTypes = {
  t5: {
    ...{ vocabSize: 32128, dFf: 2048, numLayers: 6, numHeads: 8, feedForward: 'relu' },
    ...{ tied: true, biasInEveryBlock: false, decoderStart: undefined, className: 'T5' },
  },
  mt5: { ...multilingual, tied: false, biasInEveryBlock: false, decoderStart: 0, className: 'MT5' },
  umt5: { ...multilingual, tied: true, biasInEveryBlock: true, decoderStart: 0, className: 'UMT5' },
} as const

/** The beginning of transformers' names of a type's classes. */
export function t5ClassName(type: T5ModelType): string {
  return modelTypes[type].className
}

/** Bounds far above any T5, so that a lying file cannot ask for billions of names or an index beyond int32. */
const maxLayers = 1024
const maxSize = 2 ** 24

/** transformers' names for activations, as `dense_act_fn` and `feed_forward_proj` spell them. */
const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['relu', 'relu'],
  ['gelu', 'gelu'],
  ['gelu_python', 'gelu'],
  ['gelu_new', 'gelu-tanh'],
  ['gelu_fast', 'gelu-tanh'],
  ['gelu_accurate', 'gelu-tanh'],
  ['gelu_pytorch_tanh', 'gelu-tanh'],
  ['gelu_python_tanh', 'gelu-tanh'],
  ['silu', 'silu'],
  ['swish', 'silu'],
])

function readModelType(raw: Record<string, unknown>, problems: string[]): T5ModelType {
  const found = raw.model_type
  if (typeof found === 'string' && Object.hasOwn(modelTypes, found)) return found as T5ModelType
  if (found === undefined) {
    const architectures = (Array.isArray(raw.architectures) ? raw.architectures : []).map(String)
    const types = Object.keys(modelTypes) as T5ModelType[]
    return types.find((type) => architectures.some((name) => name.startsWith(t5ClassName(type)))) ?? 't5'
  }
  const known = Object.keys(modelTypes).map((type) => `"${type}"`)
  problems.push(`"model_type" is ${describe(found)}, known are ${known.join(', ')}`)
  return 't5'
}

/**
 * `feed_forward_proj` is `ACT` or `gated-ACT`, where `gated-gelu` means the tanh approximation; `dense_act_fn` and
 * `is_gated_act`, which newer files also carry, win over it.
 */
function readFeedForward(
  raw: Record<string, unknown>,
  fallback: string,
  problems: string[],
): { activation: Activation; gated: boolean } {
  const projection = raw.feed_forward_proj ?? fallback
  const parts = typeof projection === 'string' ? projection.split('-') : []
  if (parts.length === 0 || parts.length > 2 || (parts.length === 2 && parts[0] !== 'gated')) {
    problems.push(
      `"feed_forward_proj" is ${describe(projection)}, expected an activation or "gated-" and an activation`,
    )
    return { activation: 'relu', gated: false }
  }
  const implied = projection === 'gated-gelu' ? 'gelu_new' : parts.at(-1)
  const name = raw.dense_act_fn ?? implied
  const activation = typeof name === 'string' ? activations.get(name) : undefined
  if (activation === undefined) {
    const key = raw.dense_act_fn === undefined ? 'feed_forward_proj' : 'dense_act_fn'
    const known = [...activations.keys()]
    const hint = typeof name === 'string' ? didYouMean(name, known) : ''
    problems.push(`"${key}" names the activation ${describe(name)}, known are ${known.join(', ')}${hint}`)
  }
  const gated = raw.is_gated_act ?? parts[0] === 'gated'
  if (typeof gated !== 'boolean') problems.push(`"is_gated_act" is ${describe(gated)}, expected true or false`)
  return { activation: activation ?? 'relu', gated: gated === true }
}

/** Reads single keys; `null` counts as left out, except for flags, where it is false as in Python. */
function keyReader(raw: Record<string, unknown>, problems: string[]) {
  const number = (key: string, fallback: number, valid: (value: number) => boolean, wanted: string): number => {
    const value = raw[key]
    if (value === undefined || value === null) return fallback
    if (typeof value === 'number' && Number.isFinite(value) && valid(value)) return value
    problems.push(`"${key}" is ${describe(value)}, expected ${wanted}`)
    return fallback
  }
  return {
    number,
    size: (key: string, fallback: number, most = maxSize): number =>
      number(
        key,
        fallback,
        (value) => Number.isInteger(value) && value >= 1 && value <= most,
        `an integer from 1 to ${most}`,
      ),
    tokenId: (key: string, fallback: number): number =>
      number(key, fallback, (value) => Number.isInteger(value) && value >= 0, 'a token id'),
    flag(key: string, fallback: boolean): boolean {
      const value = raw[key]
      if (value === undefined) return fallback
      if (value === null || typeof value === 'boolean') return value ?? false
      problems.push(`"${key}" is ${describe(value)}, expected true or false`)
      return fallback
    },
  }
}

/** What single keys cannot tell. */
function checkTogether(config: T5Config, problems: string[]): void {
  const { relativeAttentionNumBuckets: buckets, relativeAttentionMaxDistance: distance, vocabSize } = config
  // The encoder halves the buckets for the two directions and half of those hold one distance each.
  if (buckets < 4) problems.push(`"relative_attention_num_buckets" is ${buckets}, expected at least 4`)
  if (distance <= Math.floor(buckets / 2)) {
    problems.push(
      `"relative_attention_max_distance" is ${distance}, expected more than half of "relative_attention_num_buckets", ${buckets}`,
    )
  }
  const ids = { pad_token_id: config.padTokenId, eos_token_id: config.eosTokenId }
  for (const [key, id] of Object.entries({ ...ids, decoder_start_token_id: config.decoderStartTokenId })) {
    if (id >= vocabSize) problems.push(`"${key}" is ${id}, outside the vocabulary of ${vocabSize}`)
  }
  const { tie_encoder_decoder, is_encoder_decoder, quantization_config, pruned_heads } = config.raw
  if (tie_encoder_decoder === true) {
    problems.push('"tie_encoder_decoder" is true, but encoder and decoder with the same weights cannot be taught')
  }
  if (is_encoder_decoder === false) {
    problems.push('"is_encoder_decoder" is false, but a model without its decoder cannot be taught or answer')
  }
  if ((quantization_config ?? null) !== null) {
    problems.push(
      '"quantization_config" asks for weights of fewer bits, which cannot be taught: dequantize and save them',
    )
  }
  if (typeof pruned_heads === 'object' && pruned_heads !== null && Object.keys(pruned_heads).length > 0) {
    problems.push('"pruned_heads" leaves out heads of attention, which transformers does with no T5 either')
  }
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
