import { type SettingsWith, settingNames, settingRow } from '../lesson/settings.ts'

type FairSetting = SettingsWith<'fair', true>

/** Settings of a lesson in which the rows of a table should be alike. */
export const fairSettings = settingNames.filter((name) => settingRow(name).fair) as readonly FairSetting[]

/** What may differ between the rows of a table besides their start, as `accept` names it. */
export const unfairnessNames = [...fairSettings, 'updates', 'prefix', 'seeds', 'generate', 'rows'] as const
export type UnfairnessName = (typeof unfairnessNames)[number]
