import { type SettingName, settingRow } from '../../lesson/settings.ts'
import { inOrder, studyDefaults, type TeachSettings } from '../../lesson/teach-settings.ts'
import type { GenerateSettings, Limits } from '../study.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import type { GenerateEntry } from './schema.ts'
import type { TeachEntry } from './teach-schema.ts'

const usual = fileDefaults.generate

export const defaultLimits: Limits = studyDefaults.limits

/**
 * Settings of a lesson from several layers, the later ones winning. Of two settings that stand in place of each other, such
 * as `epochs` and `steps`, one in a layer replaces the other of an earlier one, as a lesson has only one of them.
 *
 * @param limits of the task or mixture, which `limits` in a layer may narrow or widen
 */
export function mergeTeach(limits: Limits, layers: readonly (TeachEntry | undefined)[]): TeachSettings {
  const merged: Record<string, unknown> = { ...studyDefaults }
  let narrowed = limits
  for (const layer of layers) {
    if (layer === undefined) continue
    const { limits: own, ...rest } = withoutUndefined(layer)
    for (const [name, value] of Object.entries(rest)) {
      const rival = settingRow(name as SettingName).insteadOf
      if (rival !== undefined) delete merged[rival]
      merged[name] = value
    }
    narrowed = mergeLimits(narrowed, own)
  }
  return inOrder({ ...merged, limits: narrowed } as TeachSettings)
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
  let merged: Omit<GenerateSettings, 'max_length' | 'max_new_tokens'> = { batch: usual.batch }
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
