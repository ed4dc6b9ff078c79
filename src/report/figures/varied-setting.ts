import type { SettingScalar } from '../../lesson/setting.ts'
import { settingNames } from '../../lesson/settings.ts'
import { settingOf } from '../../lesson/teach-settings.ts'
import { ownLessons } from '../results/arms.ts'
import type { FigureArm } from './figure-arms.ts'

/** A setting in which arms differ, and each arm's value of it. */
export interface VariedSetting {
  /** As the study spells it: `learning_rate`, `limits.source`. */
  readonly name: string
  /** By arm; `undefined` where the arm's lessons do not have it. */
  readonly values: readonly (SettingScalar | undefined)[]
  /** Arms that are alike but for the setting share a group: start, lessons and all other settings. */
  readonly groups: readonly (readonly number[])[]
}

/**
 * Finds the setting to draw arms over.
 *
 * @param wanted its name; without one, the only setting in which arms that have the same lessons differ
 */
export function variedSetting(arms: readonly FigureArm[], wanted?: string): VariedSetting | undefined {
  const settings = arms.map(settingsOf)
  const shapes = arms.map(({ chain }) => [chain.startName, ...ownLessons(chain).map(({ name }) => name)].join(' -> '))
  const places = new Set<string>()
  for (const [a, one] of settings.entries()) {
    for (const [b, other] of settings.entries()) {
      if (b <= a || shapes[a] !== shapes[b]) continue
      for (const place of new Set([...one.keys(), ...other.keys()])) {
        if (one.get(place) !== other.get(place)) places.add(place)
      }
    }
  }
  const named = wanted === undefined ? [...places] : [...places].filter((place) => nameOf(place) === wanted)
  if (wanted === undefined && named.length !== 1) return undefined
  // Of a setting that no two arms differ in, the last lesson's value is meant.
  const place = (index: number): string => named[0] ?? `${arms[index]!.chain.lessons.length - 1} ${wanted}`
  const groups = new Map<string, number[]>()
  for (const [index, own] of settings.entries()) {
    const rest = [...own].filter(([at]) => at !== place(index))
    const id = JSON.stringify([shapes[index], rest])
    groups.set(id, [...(groups.get(id) ?? []), index])
  }
  return {
    name: wanted ?? nameOf(named[0]!),
    values: settings.map((own, index) => own.get(place(index))),
    groups: [...groups.values()],
  }
}

/** `1 learning_rate`: a setting of the chain's second lesson. */
function settingsOf({ chain }: FigureArm): ReadonlyMap<string, SettingScalar> {
  const all = new Map<string, SettingScalar>()
  for (const [index, { settings }] of chain.lessons.entries()) {
    for (const name of settingNames) {
      const value = settingOf(settings, name)
      if (value !== undefined) all.set(`${index} ${name}`, value)
    }
  }
  return all
}

function nameOf(place: string): string {
  return place.slice(place.indexOf(' ') + 1)
}
