import { expect, test } from 'vitest'
import { parseT5Config } from './config.ts'
import { matchStoredT5 } from './stored-names.ts'

const sizes = { vocab_size: 32, d_model: 8, d_kv: 4, d_ff: 8, num_layers: 1, num_heads: 2 }

function warningsOf(positions: readonly number[], version: string): readonly string[] {
  const raw = { model_type: 'umt5', tie_word_embeddings: false, transformers_version: version, ...sizes }
  const names = ['decoder.embed_tokens', 'encoder.embed_tokens', 'shared', 'lm_head']
  const file = {}
  const tensors = names.map((name, i) => ({
    name: `${name}.weight`,
    file,
    position: positions[i]!,
  }))
  return matchStoredT5(parseT5Config(raw, 'config.json'), tensors, 'model.safetensors').warnings
}

test('embeddings that an untied model of transformers 5 has several of are told, and those that are one table are not', () => {
  expect(warningsOf([0, 1, 2, 3], '5.0.0')).toEqual([expect.stringContaining('has 3 tables of embeddings')])
  expect(warningsOf([0, 0, 0, 3], '5.0.0')).toEqual([])
  // Programs that store one table thrice have no meaning by it.
  expect(warningsOf([0, 1, 2, 3], '4.57.6')).toEqual([])
})
