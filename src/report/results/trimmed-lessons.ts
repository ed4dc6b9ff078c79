import { type SettingName, settingNames } from '../../lesson/settings.ts'
import { settingOf, type TeachSettings } from '../../lesson/teach-settings.ts'
import { trimmedSentence } from '../../lesson/trimmed-sentence.ts'
import { shownName } from '../../study/shown-name.ts'
import type { Chain } from '../../study/study.ts'
import type { Arm, Arms } from './arms.ts'
import type { StudyResults } from './study-results.ts'

/**
 * What the lessons of a table's chains come to that were taught with a part of the vocabulary, one sentence a chain: of its
 * latest such lesson, with its first seed.
 */
export function trimmedLessons(
  { arms }: Pick<Arms, 'arms'>,
  { plan, store }: Pick<StudyResults, 'plan' | 'store'>,
): string[] {
  return arms.flatMap(({ chain, seeds }) => {
    const [first] = seeds
    const lessons = [...(first?.lessons ?? [])].reverse()
    const [trimmed] = lessons.flatMap((key) => store.soundResult('teach', key)?.trimmed ?? [])
    if (trimmed === undefined) return []
    const which = seeds.length === 1 ? '' : `, seed ${first!.seed}`
    return [`${shownName(plan.study, chain.label)}${which}: ${trimmedSentence(trimmed)}.`]
  })
}

/** Two chains that differ in nothing but the vocabulary that they were taught with. */
export interface TrimmedPair {
  readonly trimmed: Arm
  /** No lesson of it with a part of the vocabulary. */
  readonly whole: Arm
}

/** Each chain with lessons that take a part of the vocabulary, with the one that takes all of it, where a table has both. */
export function trimmedPairs(arms: readonly Arm[]): TrimmedPair[] {
  const wholes = arms.filter(({ chain }) => !isTrimmed(chain))
  return arms
    .filter(({ chain }) => isTrimmed(chain))
    .flatMap((trimmed) => {
      const whole = wholes.find(({ chain }) => besidesTrimming(chain) === besidesTrimming(trimmed.chain))
      return whole === undefined ? [] : [{ trimmed, whole }]
    })
}

function isTrimmed({ lessons }: Chain): boolean {
  return lessons.some(({ settings }) => settings.trim_vocab === 'auto')
}

/** All that a chain's result depends on but its vocabulary and the seed. */
function besidesTrimming({ start, lessons }: Chain): string {
  return JSON.stringify([start.name, lessons.map(({ name, settings }) => [name, otherSettings(settings)])])
}

function otherSettings(settings: TeachSettings): unknown[] {
  return settingNames.filter((name) => !leftOut.has(name)).map((name) => settingOf(settings, name))
}

/** A trimmed lesson needs less memory, and how batches are cut for it changes no result but in its last digits. */
const leftOut: ReadonlySet<SettingName> = new Set(['trim_vocab', 'memory', 'micro_batch'])
