import { copyFileSync, existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { writeFault, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import type { Activation, T5Config } from './t5/config.ts'
import { type ParameterSpec, t5Parameters } from './t5/parameters.ts'
import { type NamedTensor, writeSafetensors } from './weights/write-safetensors.ts'

/** A model in memory, as it is to be saved. */
export interface ModelToSave {
  readonly config: T5Config
  /** Every parameter of `t5Parameters(config)`, in any order. */
  readonly parameters: Iterable<{ readonly spec: ParameterSpec; readonly data: Float32Array }>
  /** Paths of files to put beside the weights under their own names, such as those of the tokenizer. */
  readonly copyFiles?: readonly string[]
}

/**
 * Writes a folder that transformers loads with `from_pretrained`: `config.json` with all keys of the original,
 * `model.safetensors` in float32 and `generation_config.json` (unless one is among `copyFiles`).
 *
 * The weights are written from the given arrays without a copy in memory, each file whole or not at all, config last.
 * An embedding that is the output layer without being scaled is written twice, as transformers knows no such model.
 *
 * @returns the sha256 of `model.safetensors` in hex
 * @throws {Fault} naming the file when the disk is full, the folder cannot be written or a file to copy is missing
 */
export async function saveModelFolder(folder: string, model: ModelToSave): Promise<{ sha256: string }> {
  const { config, copyFiles = [] } = model
  const sha256 = await writeSafetensors(join(folder, 'model.safetensors'), tensorsToWrite(model))
  for (const source of copyFiles) copyInto(folder, source)
  if (!copyFiles.some((path) => basename(path) === 'generation_config.json')) {
    writeJson(join(folder, 'generation_config.json'), generationConfig(config))
  }
  writeJson(join(folder, 'config.json'), configToWrite(config))
  return { sha256 }
}

function tensorsToWrite({ config, parameters }: ModelToSave): NamedTensor[] {
  const given = new Map([...parameters].map(({ spec, data }) => [spec.name, data]))
  const wanted = t5Parameters({ ...config, tied: config.scaleOutput })
  const tensors = wanted.map(({ name, shape }) => {
    const copied = config.tied && name === 'lm_head.weight' ? 'shared.weight' : name
    const data = given.get(copied)
    if (data === undefined) throw new Error(`Cannot save the model without "${name}"`)
    return { name, shape, data }
  })
  if (given.size !== t5Parameters(config).length)
    throw new Error('Cannot save a model with parameters it does not have')
  return tensors
}

/** The file's own keys, and what transformers would have to guess or would get wrong. */
function configToWrite(config: T5Config): Record<string, unknown> {
  const { raw } = config
  const known = {
    vocab_size: config.vocabSize,
    d_model: config.dModel,
    d_kv: config.dKv,
    d_ff: config.dFf,
    num_layers: config.numLayers,
    num_decoder_layers: config.numDecoderLayers,
    num_heads: config.numHeads,
    relative_attention_num_buckets: config.relativeAttentionNumBuckets,
    relative_attention_max_distance: config.relativeAttentionMaxDistance,
    dropout_rate: config.dropoutRate,
    layer_norm_epsilon: config.layerNormEpsilon,
    initializer_factor: config.initializerFactor,
    feed_forward_proj: `${config.gated ? 'gated-' : ''}${PROJECTION_NAMES[config.activation]}`,
    dense_act_fn: ACTIVATION_NAMES[config.activation],
    is_gated_act: config.gated,
    is_encoder_decoder: true,
    pad_token_id: config.padTokenId,
    eos_token_id: config.eosTokenId,
    decoder_start_token_id: config.decoderStartTokenId,
  }
  const written: Record<string, unknown> = { ...raw }
  for (const [key, value] of Object.entries(known)) written[key] ??= value
  written.model_type = config.modelType
  written.architectures = [`${config.modelType === 'mt5' ? 'MT5' : 'T5'}ForConditionalGeneration`]
  written.tie_word_embeddings = config.scaleOutput
  written['torch_dtype' in raw ? 'torch_dtype' : 'dtype'] = 'float32'
  return written
}

/** `gated-gelu` stands for the tanh approximation; the exact one is told apart by `dense_act_fn`. */
const PROJECTION_NAMES: Readonly<Record<Activation, string>> = {
  relu: 'relu',
  'gelu-tanh': 'gelu',
  gelu: 'gelu',
  silu: 'silu',
}
const ACTIVATION_NAMES: Readonly<Record<Activation, string>> = {
  relu: 'relu',
  'gelu-tanh': 'gelu_new',
  gelu: 'gelu',
  silu: 'silu',
}

/** The ids that decoding needs, and what an older `config.json` says about decoding. */
function generationConfig(config: T5Config): Record<string, unknown> {
  const settings = GENERATION_KEYS.filter((key) => (config.raw[key] ?? null) !== null)
  return {
    decoder_start_token_id: config.decoderStartTokenId,
    eos_token_id: config.eosTokenId,
    pad_token_id: config.padTokenId,
    ...Object.fromEntries(settings.map((key) => [key, config.raw[key]])),
  }
}

const GENERATION_KEYS = [
  'max_length',
  'min_length',
  'do_sample',
  'early_stopping',
  'num_beams',
  'temperature',
  'top_k',
  'top_p',
  'repetition_penalty',
  'length_penalty',
  'no_repeat_ngram_size',
  'encoder_no_repeat_ngram_size',
  'bad_words_ids',
  'num_return_sequences',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'suppress_tokens',
  'begin_suppress_tokens',
] as const

function writeJson(path: string, value: Record<string, unknown>): void {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileAtomic(path, `${JSON.stringify(sorted, null, 2)}\n`)
}

function copyInto(folder: string, source: string): void {
  const target = join(folder, basename(source))
  if (resolve(target) === resolve(source)) return
  if (!existsSync(source)) throw new Fault(`Cannot copy "${source}" to "${folder}" as there is no such file`)
  try {
    copyFileSync(source, target)
  } catch (error) {
    throw writeFault(target, error)
  }
}
