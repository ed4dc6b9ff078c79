type Sizes = readonly [dModel: number, dFf: number, layers: number, heads: number]

/** What T5 v1.1 and those after it share. */
function gated(type: string, vocabulary: number, [dModel, dFf, layers, heads]: Sizes, decoderLayers = layers) {
  return {
    model_type: type,
    vocab_size: vocabulary,
    d_model: dModel,
    d_kv: 64,
    d_ff: dFf,
    num_layers: layers,
    num_decoder_layers: decoderLayers,
    num_heads: heads,
    feed_forward_proj: 'gated-gelu',
    tie_word_embeddings: false,
  }
}

function first(sizes: Sizes) {
  return { ...gated('t5', 32128, sizes), feed_forward_proj: 'relu', tie_word_embeddings: true }
}

const small: Sizes = [512, 1024, 8, 6]
const base: Sizes = [768, 2048, 12, 12]
const large: Sizes = [1024, 2816, 24, 16]

/**
 * The sizes of models of the hub that studies begin with, for plans without their files.
 *
 * Source: the `config.json` of each.
 */
const configs: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map([
  ['google/mt5-small', gated('mt5', 250112, small)],
  ['google/mt5-base', gated('mt5', 250112, base)],
  ['google/mt5-large', gated('mt5', 250112, large)],
  ['google/umt5-small', gated('umt5', 256384, small)],
  ['google/umt5-base', gated('umt5', 256384, base)],
  ...['flan-t5', 't5-v1_1'].flatMap((name) => [
    [`google/${name}-small`, gated('t5', 32128, small)] as const,
    [`google/${name}-base`, gated('t5', 32128, base)] as const,
    [`google/${name}-large`, gated('t5', 32128, large)] as const,
  ]),
  ['google/byt5-small', gated('t5', 384, [1472, 3584, 12, 6], 4)],
  ['google/byt5-base', gated('t5', 384, [1536, 3968, 18, 12], 6)],
  ...['', 'google-t5/'].flatMap((owner) => [
    [`${owner}t5-small`, first([512, 2048, 6, 8])] as const,
    [`${owner}t5-base`, first([768, 3072, 12, 12])] as const,
    [`${owner}t5-large`, first([1024, 4096, 24, 16])] as const,
  ]),
])

/** The sizes of a model by its name on the hub; `undefined`: nobody knows them without its files. */
export function knownConfig(hub: string): Readonly<Record<string, unknown>> | undefined {
  return configs.get(hub)
}
