import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { T5Config } from './config.ts'

/**
 * Every parameter of a model, each once, in the order of transformers' `state_dict`: the shared embedding, the encoder,
 * the decoder, then `lm_head.weight` if untied.
 *
 * AdamW's weight decay applies not to norm weights nor to names with "bias" (this includes the position bias).
 *
 * Source: modeling_t5.py; the decay rule is `Trainer.get_decay_parameter_names` of transformers 4.57.
 */
export function t5Parameters(config: T5Config): ParameterSpec[] {
  const { vocabSize, dModel, tied } = config
  const parameters = [
    // Without a tied output layer the embedding's gradient is the picked rows and nothing else.
    { ...parameter('shared.weight', vocabSize, dModel), lookedUp: !tied },
    ...stackParameters(config, 'encoder', config.numLayers),
    ...stackParameters(config, 'decoder', config.numDecoderLayers),
  ]
  if (!tied) parameters.push(parameter('lm_head.weight', vocabSize, dModel))
  return parameters
}

function stackParameters(config: T5Config, stack: 'encoder' | 'decoder', layers: number): ParameterSpec[] {
  const { dModel } = config
  const parameters: ParameterSpec[] = []
  for (let block = 0; block < layers; block++) {
    const prefix = `${stack}.block.${block}.layer`
    parameters.push(...attentionParameters(config, `${prefix}.0.SelfAttention`, block === 0 || config.biasInEveryBlock))
    parameters.push(parameter(`${prefix}.0.layer_norm.weight`, dModel))
    if (stack === 'decoder') {
      parameters.push(...attentionParameters(config, `${prefix}.1.EncDecAttention`, false))
      parameters.push(parameter(`${prefix}.1.layer_norm.weight`, dModel))
    }
    const last = stack === 'decoder' ? 2 : 1
    parameters.push(...feedForwardParameters(config, `${prefix}.${last}.DenseReluDense`))
    parameters.push(parameter(`${prefix}.${last}.layer_norm.weight`, dModel))
  }
  parameters.push(parameter(`${stack}.final_layer_norm.weight`, dModel))
  return parameters
}

function attentionParameters(config: T5Config, prefix: string, withPositionBias: boolean): ParameterSpec[] {
  const { dModel, dKv, numHeads, relativeAttentionNumBuckets } = config
  const inner = numHeads * dKv
  const parameters = [
    parameter(`${prefix}.q.weight`, inner, dModel),
    parameter(`${prefix}.k.weight`, inner, dModel),
    parameter(`${prefix}.v.weight`, inner, dModel),
    parameter(`${prefix}.o.weight`, dModel, inner),
  ]
  if (withPositionBias) {
    parameters.push(parameter(`${prefix}.relative_attention_bias.weight`, relativeAttentionNumBuckets, numHeads))
  }
  return parameters
}

function feedForwardParameters({ dModel, dFf, gated }: T5Config, prefix: string): ParameterSpec[] {
  const inputs = gated ? ['wi_0', 'wi_1'] : ['wi']
  return [
    ...inputs.map((name) => parameter(`${prefix}.${name}.weight`, dFf, dModel)),
    parameter(`${prefix}.wo.weight`, dModel, dFf),
  ]
}

function parameter(name: string, ...shape: number[]): ParameterSpec {
  return { name, shape, decay: !/bias|layer_norm\.weight$/.test(name), lookedUp: false }
}
