import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../base/fault.ts'
import { parseT5Config } from './config.ts'

interface Case {
  config: Record<string, unknown>
  expected: Record<string, unknown>
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/configs/cases.json'), 'utf8'),
) as Case[]

function messageOf(json: unknown): string {
  try {
    parseT5Config(json, 'config.json')
  } catch (error) {
    expect(error).toBeInstanceOf(Fault)
    return (error as Fault).message
  }
  throw new Error('The config was taken')
}

describe('parseT5Config()', () => {
  test('gives the attributes that transformers gives', () => {
    expect(cases.length).toBeGreaterThan(70)
    for (const { config, expected } of cases) {
      const parsed = parseT5Config(config, 'config.json')
      const attributes = {
        vocab_size: parsed.vocabSize,
        d_model: parsed.dModel,
        d_kv: parsed.dKv,
        d_ff: parsed.dFf,
        num_layers: parsed.numLayers,
        num_decoder_layers: parsed.numDecoderLayers,
        num_heads: parsed.numHeads,
        relative_attention_num_buckets: parsed.relativeAttentionNumBuckets,
        relative_attention_max_distance: parsed.relativeAttentionMaxDistance,
        dropout_rate: parsed.dropoutRate,
        layer_norm_epsilon: parsed.layerNormEpsilon,
        initializer_factor: parsed.initializerFactor,
        is_gated_act: parsed.gated,
        tie_word_embeddings: parsed.scaleOutput,
        pad_token_id: parsed.padTokenId,
        eos_token_id: parsed.eosTokenId,
        activation: parsed.activation,
      }
      expect(attributes, JSON.stringify(config)).toEqual(expected)
    }
  })

  test('starts the decoder with the padding id unless told otherwise', () => {
    expect(parseT5Config({ pad_token_id: 3 }, 'f').decoderStartTokenId).toBe(3)
    expect(parseT5Config({ pad_token_id: 3, decoder_start_token_id: 0 }, 'f').decoderStartTokenId).toBe(0)
  })

  test.each([
    // What transformers 5.24 saves of an untied model, of a tied one, of any mT5, and what it makes of a saved folder of ours.
    [{ tie_word_embeddings: true, scale_decoder_outputs: false, transformers_version: '5.24.0' }, false],
    [{ tie_word_embeddings: true, scale_decoder_outputs: true, transformers_version: '5.24.0' }, true],
    [{ model_type: 'umt5', tie_word_embeddings: true, scale_decoder_outputs: false }, false],
    [{ model_type: 'mt5', tie_word_embeddings: true, transformers_version: '5.0.0.dev0' }, false],
    [{ model_type: 'mt5', tie_word_embeddings: true, transformers_version: '10.0.0' }, false],
    [{ model_type: 'mt5', tie_word_embeddings: true, transformers_version: '4.57.6' }, true],
    [{ model_type: 'mt5', tie_word_embeddings: true }, true],
    [{ tie_word_embeddings: false, transformers_version: '5.24.0' }, false],
    [{ transformers_version: '5.24.0' }, true],
    // transformers 4 does not know the key.
    [{ scale_decoder_outputs: false, transformers_version: '4.57.6' }, true],
    [{ tie_word_embeddings: false, scale_decoder_outputs: true, transformers_version: '4.57.6' }, false],
    [{ tie_word_embeddings: false, scale_decoder_outputs: true }, true],
  ])('knows from either version of transformers whether the output is scaled: %j', (config, scaled) => {
    expect(parseT5Config(config, 'config.json').scaleOutput).toBe(scaled)
  })

  test('takes the model type from the architecture where it is left out', () => {
    expect(parseT5Config({ architectures: ['MT5ForConditionalGeneration'] }, 'f').modelType).toBe('mt5')
    expect(parseT5Config({ architectures: ['UMT5ForConditionalGeneration'] }, 'f').modelType).toBe('umt5')
    expect(parseT5Config({}, 'f').modelType).toBe('t5')
  })

  test('names every key that cannot be used at once', () => {
    const message = messageOf({
      d_model: 0,
      num_heads: 2.5,
      dropout_rate: 1,
      feed_forward_proj: 'gated-gelo',
      vocab_size: '9',
    })
    expect(message).toMatch(/^Cannot use the model config "config\.json": /)
    for (const key of ['d_model', 'num_heads', 'dropout_rate', 'feed_forward_proj', 'vocab_size']) {
      expect(message).toContain(`"${key}"`)
    }
    expect(message).toContain('did you mean "gelu"?')
  })

  test.each([
    [{ model_type: 'longt5' }, '"model_type" is "longt5", known are "t5", "mt5", "umt5"'],
    [{ feed_forward_proj: 'gated-gelu-new' }, '"feed_forward_proj" is "gated-gelu-new"'],
    [{ relative_attention_num_buckets: 2 }, 'expected at least 4'],
    [{ relative_attention_max_distance: 16 }, '"relative_attention_max_distance" is 16'],
    [{ num_layers: 1e9 }, '"num_layers" is 1000000000'],
    [{ vocab_size: 10, eos_token_id: 10 }, '"eos_token_id" is 10, outside the vocabulary of 10'],
    [{ tie_encoder_decoder: true }, '"tie_encoder_decoder" is true'],
    [{ is_encoder_decoder: false }, '"is_encoder_decoder" is false'],
    [{ quantization_config: { load_in_8bit: true } }, '"quantization_config" asks for weights of fewer bits'],
    [{ pruned_heads: { 0: [1] } }, '"pruned_heads" leaves out heads'],
    [{ tie_word_embeddings: 'no' }, '"tie_word_embeddings" is "no"'],
    [{ scale_decoder_outputs: 1 }, '"scale_decoder_outputs" is 1'],
    [{ is_gated_act: 1 }, '"is_gated_act" is 1'],
    [[], 'expected a JSON object, found []'],
    [null, 'expected a JSON object, found null'],
  ])('refuses %j', (json, problem) => {
    expect(messageOf(json)).toContain(problem)
  })
})

test('parseT5Config() begins answers of mT5 with 0 where its config does not say, as MT5Config does', () => {
  const config = { model_type: 'mt5', pad_token_id: 1 }
  expect(parseT5Config(config, 'config.json').decoderStartTokenId).toBe(0)
  expect(parseT5Config({ ...config, model_type: 't5' }, 'config.json').decoderStartTokenId).toBe(1)
})
