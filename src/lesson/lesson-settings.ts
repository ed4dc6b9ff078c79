import { type Camel, camelCase } from './camel-case.ts'
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
import { settingOf, type TeachSettings } from './teach-settings.ts'

/**
 * How the trainer teaches one lesson: the settings that are told it, by their names in the API. Whoever makes the request
 * fills in the defaults; exactly one of `epochs` and `steps` is given.
 */
export type LessonSettings = Flat<
  { [Name in Exclude<Told, MayLack> as ApiName<Name>]: SettingValueOf<Name> } & {
    [Name in Told & MayLack as ApiName<Name>]?: SettingValueOf<Name>
  }
>

/** Settings that a lesson without a study may be given, by their names in the API. */
export type SettingOptions = Flat<
  {
    readonly [Name in Exclude<SettingsWith<'flag'>, Unsaid> as ApiName<Name>]: SettingValueOf<Name>
  } & {
    readonly [Name in SettingsWith<'flag'> & Unsaid as ApiName<Name>]?: SettingValueOf<Name>
  }
>

type LessonDefaults = { readonly [Name in Told & Defaulted as ApiName<Name>]: SettingValueOf<Name> }

/** `warmup_steps` is `warmupSteps` outside the study, `limits.source` is `maxSource`. */
export type ApiName<Name extends SettingName> = Name extends `limits.${infer Limit}`
  ? `max${Capitalize<Limit>}`
  : Camel<Name>

type Told = SettingsWith<'trainer', true>
type Defaulted = SettingsWith<'default'> | SettingsWith<'teachDefault'>
type MayLack =
  | SettingsWith<'insteadOf'>
  | SettingsWith<'key', 'unless-default'>
  | Exclude<SettingsWith<'absent'>, Defaulted>
/** What need not be said. */
type Unsaid = MayLack | Defaulted | SettingsWith<'replacedBy'>
const told = settingNames.filter((name) => settingRow(name).trainer)

/** The settings of {@link LessonSettings}, with whether a lesson may be without one. */
export const lessonNames: readonly { readonly name: SettingName; readonly mayLack: boolean }[] = told.map((name) => {
  const { insteadOf, key, absent } = settingRow(name)
  const mayLack = insteadOf !== undefined || key === 'unless-default'
  return { name, mayLack: mayLack || (absent !== undefined && teachDefaultOf(name) === undefined) }
})

/** What a lesson without a study is taught with where nothing is said: as transformers' `Seq2SeqTrainer` does. */
export const lessonDefaults = Object.fromEntries(
  told.flatMap((name) => {
    const value = teachDefaultOf(name)
    return value === undefined ? [] : [[apiName(name), value]]
  }),
) as LessonDefaults

/** The settings of a lesson without a study, defaults filled in: those that another takes the place of are 0. */
export function lessonFromOptions(options: SettingOptions): LessonSettings {
  const given = options as Readonly<Record<string, unknown>>
  const usual = (name: SettingName): SettingScalar | undefined =>
    teachDefaultOf(name) ?? (settingRow(name).replacedBy === undefined ? undefined : 0)
  return lessonOf((name) => given[apiName(name)] ?? usual(name))
}

/** The settings of a study's lesson in the words of the trainer. */
export function lessonFromStudy(settings: TeachSettings, seed: number): LessonSettings {
  return lessonOf((name) => (name === 'seed' ? seed : settingOf(settings, name)))
}

export function apiName<Name extends SettingName>(name: Name): ApiName<Name> {
  const flat = name.replace(/^limits\./u, 'max_')
  return camelCase(flat) as ApiName<Name>
}

function lessonOf(read: ReadSetting): LessonSettings {
  const said = told.filter((name) => !isUnsaid(name, read))
  return Object.fromEntries(said.map((name) => [apiName(name), read(name)])) as LessonSettings
}

/** Whether `reteach teach` and `teach()` must be given it, but where a switch takes its place. */
export function isRequired(name: SettingName): boolean {
  const { absent, insteadOf } = settingRow(name)
  return absent === undefined && insteadOf === undefined && teachDefaultOf(name) === undefined
}

/** What `reteach teach` and `teach()` fill in. */
export function teachDefaultOf(name: SettingName): SettingScalar | undefined {
  const { teachDefault, default: both } = settingRow(name)
  return teachDefault ?? both
}
