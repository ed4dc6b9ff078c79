import { type SettingName, settingRow } from './settings.ts'

/** What a setting is for, without its default: for places that say the default apart. */
export function bareHelp(name: SettingName): string {
  return settingRow(name).help.replace(/; default: .*$/u, '')
}

/** What a lesson has that is not given the setting, where the default is not a value of its own. */
export function impliedDefault(name: SettingName): string | undefined {
  const { absent, belongsTo } = settingRow(name)
  const usual = Object.values(belongsTo?.defaults ?? {})
  return usual.length === 1 && usual[0] !== null ? String(usual[0]) : absent
}
