import type { GenerateSettings, Limits, TeachSettings } from '../study.ts'
import type { GenerateEntry, TeachEntry } from './schema.ts'

/** What a lesson is taught with where nothing in the study says otherwise: the reference trainer's, but for these. */
const teachDefaults = {
  learning_rate: 5e-4,
  batch: 16,
  weight_decay: 0,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  max_grad_norm: 1,
  schedule: 'linear',
  warmup_steps: 0,
  order: 'shuffle',
  evaluate_every: 'epoch',
  best_by: 'loss',
  on_collapse: 'warn',
  keep: 'best',
} as const
const defaultEpochs = 10
const defaultGenerateBatch = 32

export const defaultLimits: Limits = { source: 512, target: 128 }

/**
 * Settings of a lesson from several layers, the later ones winning. `epochs` in one layer replaces `steps` of an earlier
 * one and the other way round, as a lesson has only one of them.
 *
 * @param limits of the task or mixture, which `limits` in a layer may narrow or widen
 */
export function mergeTeach(limits: Limits, layers: readonly (TeachEntry | undefined)[]): TeachSettings {
  let length: Defined<Pick<TeachEntry, 'epochs' | 'steps'>> = { epochs: defaultEpochs }
  let merged: Omit<TeachSettings, 'epochs' | 'steps'> = { ...teachDefaults, limits }
  for (const layer of layers) {
    if (layer === undefined) continue
    const { epochs, steps, limits: own, ...rest } = withoutUndefined(layer)
    if (steps !== undefined) length = { steps }
    else if (epochs !== undefined) length = { epochs }
    merged = { ...merged, ...rest, limits: mergeLimits(merged.limits, own) }
  }
  return { ...merged, ...length }
}

export function mergeLimits(
  base: Limits,
  ...layers: readonly (Partial<Record<keyof Limits, number | undefined>> | undefined)[]
): Limits {
  return layers.reduce<Limits>(
    (limits, layer) => ({ source: layer?.source ?? limits.source, target: layer?.target ?? limits.target }),
    base,
  )
}

/** `max_length` in one layer replaces `max_new_tokens` of an earlier one, and the other way round. */
export function mergeGenerate(limits: Limits, layers: readonly (GenerateEntry | undefined)[]): GenerateSettings {
  let length: Defined<Pick<GenerateEntry, 'max_length' | 'max_new_tokens'>> = { max_new_tokens: limits.target }
  let merged: Omit<GenerateSettings, 'max_length' | 'max_new_tokens'> = { batch: defaultGenerateBatch }
  for (const layer of layers) {
    if (layer === undefined) continue
    const { max_length, max_new_tokens, ...rest } = withoutUndefined(layer)
    if (max_new_tokens !== undefined) length = { max_new_tokens }
    else if (max_length !== undefined) length = { max_length }
    merged = { ...merged, ...rest }
  }
  return withoutNeutral({ ...merged, ...length })
}

/** Options at the value that changes nothing are left out, so that spelling them out changes no step key. */
function withoutNeutral(settings: GenerateSettings): GenerateSettings {
  const { min_new_tokens, repetition_penalty, no_repeat_ngram_size, num_beams, ...rest } = settings
  return {
    ...rest,
    ...(min_new_tokens ? { min_new_tokens } : {}),
    ...(repetition_penalty !== undefined && repetition_penalty !== 1 ? { repetition_penalty } : {}),
    ...(no_repeat_ngram_size ? { no_repeat_ngram_size } : {}),
    ...(num_beams !== undefined && num_beams !== 1 ? { num_beams } : {}),
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>
}
