import type { SavedTensor } from '../family.ts'
import { type Activation, type T5Config, t5ClassName } from './config.ts'
import { t5Parameters } from './parameters.ts'

/**
 * Every parameter under its own name. An embedding that is the output layer without being scaled is written twice, as
 * transformers knows no such model.
 */
export function savedT5Tensors(config: T5Config): SavedTensor[] {
  return t5Parameters({ ...config, tied: config.scaleOutput }).map(({ name, shape }) => {
    return { name, shape, parameter: config.tied && name === 'lm_head.weight' ? 'shared.weight' : name }
  })
}

/** The file's own keys, and what transformers would have to guess or would get wrong. */
export function savedT5Config(config: T5Config): Record<string, unknown> {
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
    feed_forward_proj: `${config.gated ? 'gated-' : ''}${projectionNames[config.activation]}`,
    dense_act_fn: activationNames[config.activation],
    is_gated_act: config.gated,
    is_encoder_decoder: true,
    pad_token_id: config.padTokenId,
    eos_token_id: config.eosTokenId,
    decoder_start_token_id: config.decoderStartTokenId,
  }
  const written: Record<string, unknown> = { ...raw }
  for (const [key, value] of Object.entries(known)) written[key] ??= value
  written.model_type = config.modelType
  written.architectures = [`${t5ClassName(config.modelType)}ForConditionalGeneration`]
  written.tie_word_embeddings = config.scaleOutput
  if ('scale_decoder_outputs' in raw) written.scale_decoder_outputs = config.scaleOutput
  written['torch_dtype' in raw ? 'torch_dtype' : 'dtype'] = 'float32'
  return written
}

/** `gated-gelu` stands for the tanh approximation; the exact one is told apart by `dense_act_fn`. */
const projectionNames: Readonly<Record<Activation, string>> = {
  relu: 'relu',
  'gelu-tanh': 'gelu',
  gelu: 'gelu',
  silu: 'silu',
}
const activationNames: Readonly<Record<Activation, string>> = {
  relu: 'relu',
  'gelu-tanh': 'gelu_new',
  gelu: 'gelu',
  silu: 'silu',
}
