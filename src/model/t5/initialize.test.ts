import { expect, test } from 'vitest'
import { elementCount } from '../../graph/tensor.ts'
import { parseT5Config } from './config.ts'
import { initializeParameter } from './initialize.ts'
import { t5Parameters } from './parameters.ts'

const rawConfig = {
  vocab_size: 700,
  d_model: 48,
  d_kv: 20,
  d_ff: 150,
  num_heads: 5,
  num_layers: 2,
  num_decoder_layers: 1,
  initializer_factor: 0.5,
  feed_forward_proj: 'gated-silu',
  tie_word_embeddings: false,
}

function initialize(raw: Record<string, unknown>, seed: number): Map<string, Float32Array> {
  const parameters = new Map<string, Float32Array>()
  const config = parseT5Config(raw, 'test')
  t5Parameters(config).forEach(({ name, shape }, place) => {
    const data = new Float32Array(elementCount(shape))
    initializeParameter(config, name, [seed, place], data)
    parameters.set(name, data)
  })
  return parameters
}

test('initializeParameter() draws each kind of weight with the deviation that transformers gives it', () => {
  const deviations: Record<string, number> = {
    shared: 1,
    lm_head: 1,
    q: (48 * 20) ** -0.5,
    k: 48 ** -0.5,
    v: 48 ** -0.5,
    o: (5 * 20) ** -0.5,
    relative_attention_bias: 48 ** -0.5,
    wi_0: 48 ** -0.5,
    wi_1: 48 ** -0.5,
    wo: 150 ** -0.5,
  }
  const seen = new Set<string>()
  for (const [name, data] of initialize(rawConfig, 3)) {
    const kind = name.split('.').at(-2)!
    seen.add(kind)
    if (kind.endsWith('layer_norm')) {
      expect(data.every((value) => value === 0.5)).toBe(true)
      continue
    }
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length)
    const wanted = 0.5 * deviations[kind]!
    // 4.5 standard errors of a mean and of a deviation of normal numbers.
    expect(Math.abs(mean), name).toBeLessThan((4.5 * wanted) / Math.sqrt(data.length))
    expect(Math.abs(deviation / wanted - 1), name).toBeLessThan(4.5 / Math.sqrt(2 * data.length))
  }
  expect([...seen].sort()).toEqual([...Object.keys(deviations), 'final_layer_norm', 'layer_norm'].sort())
})

test('initializeParameter() repeats itself for a seed, differs between seeds and between parameters', () => {
  const small = { ...rawConfig, vocab_size: 60, d_model: 16, d_ff: 20 }
  const first = initialize(small, 3)
  expect(initialize(small, 3)).toEqual(first)
  const shared = first.get('shared.weight')!
  expect(initialize(small, 4).get('shared.weight')).not.toEqual(shared)
  expect(first.get('lm_head.weight')).not.toEqual(shared)
})

test('initializeParameter() fills the one input projection of an ungated model', () => {
  const parameters = initialize({ ...rawConfig, feed_forward_proj: 'relu', tie_word_embeddings: true }, 3)
  expect(parameters.has('lm_head.weight')).toBe(false)
  expect(parameters.get('decoder.block.0.layer.2.DenseReluDense.wi.weight')?.every((value) => value !== 0)).toBe(true)
})
