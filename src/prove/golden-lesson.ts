import { seededRandom } from '../base/random.ts'
import type { Example } from '../model/family.ts'

/** A small T5 with every kind of layer, taught whole epochs of a few made-up rows. */
export const goldenConfig = {
  model_type: 't5',
  vocab_size: 97,
  d_model: 24,
  d_kv: 8,
  d_ff: 40,
  num_layers: 2,
  num_decoder_layers: 2,
  num_heads: 3,
  feed_forward_proj: 'gated-gelu',
  tie_word_embeddings: false,
  dropout_rate: 0.1,
  decoder_start_token_id: 0,
} as const

export const goldenSeed = 11
export const goldenBatch = 4
export const goldenUpdates = 12
export const goldenRate = 3e-3
export const goldenDecay = 0.01

/** Rows of unlike lengths, the same on every machine. */
export function goldenRows(): Example[] {
  const random = seededRandom(5)
  const ids = (length: number): Int32Array =>
    Int32Array.from({ length }, (_, at) => (at === length - 1 ? 1 : 3 + random.below(goldenConfig.vocab_size - 3)))
  return Array.from({ length: 12 }, () => ({ source: ids(2 + random.below(17)), target: ids(1 + random.below(9)) }))
}
