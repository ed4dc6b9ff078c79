import { usualSize } from './memory-size.ts'
import type { SettingScalar } from './setting.ts'
import {
  type Flat,
  isUnsaid,
  type ReadSetting,
  type SettingName,
  type SettingsWith,
  type SettingValueOf,
  settingNames,
  settingRow,
} from './settings.ts'

/** How a study's lesson is taught, every default filled in. Keys are those of the study file, as they stand in step keys too. */
export type TeachSettings = Flat<
  { readonly [Name in Filled]: SettingValueOf<Name> } & {
    readonly [Name in Exclude<Single, Filled>]?: SettingValueOf<Name>
  } & { readonly limits: Within<'limits'> }
>

type Within<Group extends string> = {
  readonly [Name in SettingName as Name extends `${Group}.${infer Inner}` ? Inner : never]: SettingValueOf<Name>
}
type Single = Exclude<SettingName, `${string}.${string}`>
type Filled = Exclude<SettingsWith<'default'> | SettingsWith<'studyDefault'>, SettingsWith<'insteadOf'>> & Single

/** What a lesson of a study is taught with where nothing says otherwise, limits included. */
export const studyDefaults = nested((name) => {
  const { studyDefault, default: both } = settingRow(name)
  return studyDefault ?? both
}) as TeachSettings

/** The value of a setting, such as `batch` or `limits.source`; `undefined` where the lesson has none. */
export function settingOf(settings: TeachSettings, name: SettingName): SettingScalar | undefined {
  const found = name
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], settings)
  return found as SettingScalar | undefined
}

/** The same for people; a lesson that names the default of its schedule is the one that does not. */
export function settingText(settings: TeachSettings, name: SettingName): string {
  const { absent } = settingRow(name)
  const isPlain = absent !== undefined && isUnsaid(name, (of) => settingOf(settings, of))
  return isPlain ? absent : String(settingOf(settings, name))
}

/** The part of a lesson's settings that its key has as they are, sizes in one way of writing. */
export function keyedSettings(settings: TeachSettings): object {
  const read = (name: SettingName): unknown => settingOf(settings, name)
  return nested((name) => {
    const { key, value } = settingRow(name)
    if (key === 'apart' || key === 'never' || isUnsaid(name, read)) return undefined
    return value.type === 'size' ? usualSize(String(read(name))) : read(name)
  })
}

/** The part of them that decides what an update takes. */
export function costSettings(settings: TeachSettings): object {
  const read = (name: SettingName): unknown => settingOf(settings, name)
  return nested((name) => (settingRow(name).cost && !isUnsaid(name, read) ? read(name) : undefined))
}

/** The same settings with one order of their keys, however they came together. */
export function inOrder(settings: TeachSettings): TeachSettings {
  return nested((name) => settingOf(settings, name)) as TeachSettings
}

/** The settings that have a value, those of `limits` in a map of their own. */
function nested(read: ReadSetting): object {
  const all: Record<string, unknown> = {}
  for (const name of settingNames) {
    const value = read(name)
    if (value === undefined) continue
    const [group, inner] = name.split('.')
    if (inner === undefined) all[name] = value
    else all[group!] = { ...(all[group!] as object | undefined), [inner]: value }
  }
  return all
}
