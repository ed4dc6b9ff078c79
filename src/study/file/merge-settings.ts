import { withoutNeutral } from '../../lesson/generation.ts'
import { type SettingName, settingRow } from '../../lesson/settings.ts'
import { inOrder, studyDefaults, type TeachSettings } from '../../lesson/teach-settings.ts'
import type { GenerateSettings, Limits } from '../study.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import type { GenerateEntry } from './keys/generate-schema.ts'
import type { TeachEntry } from './teach-schema.ts'

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
      const { insteadOf, replacedBy } = settingRow(name as SettingName)
      const rival = insteadOf ?? replacedBy
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

/** A limit of one kind, such as `max_length`, replaces one of the other kind of an earlier layer. */
export function mergeGenerate(limits: Limits, layers: readonly (GenerateEntry | undefined)[]): GenerateSettings {
  let merged: GenerateSettings = { batch: fileDefaults.generate.batch, max_new_tokens: limits.target }
  for (const layer of layers) {
    if (layer === undefined) continue
    const { from: _, ...said } = withoutUndefined(layer)
    const replaced = Object.keys(said).map((name) => rivals.get(name))
    merged = {
      ...withoutKeys(merged, replaced),
      ...withoutKeys(said, said.max_new_tokens === undefined ? [] : ['max_length']),
    }
  }
  // Spelling out what changes nothing changes no step key.
  return withoutNeutral(merged)
}

const rivals: ReadonlyMap<string, string> = new Map([
  ['max_length', 'max_new_tokens'],
  ['max_new_tokens', 'max_length'],
  ['min_length', 'min_new_tokens'],
  ['min_new_tokens', 'min_length'],
])

function withoutKeys<T extends object>(value: T, keys: readonly (string | undefined)[]): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as T
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>
}
