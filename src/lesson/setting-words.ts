import type { Setting, SettingScalar } from './setting.ts'
import { type SettingName, settingRow } from './settings.ts'

/** What a lesson has that is not given the setting, where the default is not a value of its own. */
export function impliedDefault(name: SettingName): string | undefined {
  const { absent, belongsTo } = settingRow(name)
  const usual = Object.values(belongsTo?.defaults ?? {})
  return usual.length === 1 && usual[0] !== null ? String(usual[0]) : absent
}

/** A value that a lesson may have, and what it needs beside it. */
export function settingExample(name: SettingName): {
  readonly example: SettingScalar | undefined
  readonly beside?: Readonly<Record<string, SettingScalar>>
} {
  const row = settingRow(name)
  const example = row.example ?? exampleOf(row)
  const { belongsTo, beside } = row
  const owner = belongsTo && { [belongsTo.setting]: Object.keys(belongsTo.defaults)[0]! }
  return { example, ...((owner ?? beside) && { beside: { ...owner, ...beside } }) }
}

function exampleOf({
  value,
  studyDefault,
  default: usual = studyDefault,
  belongsTo,
}: Setting): SettingScalar | undefined {
  const own = usual ?? Object.values(belongsTo?.defaults ?? {})[0] ?? undefined
  if (value.type === 'choice') return value.choices.findLast((choice) => choice !== own)
  return value.type === 'switch' ? own !== true : own
}
