import type { ArgumentKind } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import { apiName, lessonNames } from './lesson-settings.ts'
import { memoryBytes, memorySizeWords } from './memory-size.ts'
import type { SettingValue } from './setting.ts'
import { settingNames, settingRow } from './settings.ts'

/**
 * What is wrong with the options of a lesson one by one, a sentence each: a program in JavaScript may give anything.
 *
 * @param others names of options that are no settings
 */
export function optionFaults(options: Readonly<Record<string, unknown>>, others: readonly string[]): string[] {
  const settings = settingNames.filter((name) => settingRow(name).flag !== undefined)
  return valueFaults(options, new Map(settings.map((name) => [apiName(name), settingRow(name).value])), others)
}

/**
 * {@link optionFaults} by any table of values.
 *
 * @param others names of options that are not in it
 */
export function valueFaults(
  options: Readonly<Record<string, unknown>>,
  rows: ReadonlyMap<string, SettingValue>,
  others: readonly string[] = [],
): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || others.includes(name)) return []
    const row = rows.get(name)
    if (row === undefined) return [`Unknown option "${name}"${didYouMean(name, [...rows.keys(), ...others])}`]
    if (isOne(row, value)) return []
    const found = typeof value === 'number' ? value : JSON.stringify(value)
    return [`Cannot use ${found} as "${name}"${nearestChoice(row, value) || `: expected ${wanted(row)}`}`]
  })
}

/** What a lesson's settings may be, as the trainer is told them. */
export const lessonKinds: Readonly<Record<string, ArgumentKind>> = Object.fromEntries(
  lessonNames.map(({ name, mayLack }) => {
    const { value } = settingRow(name)
    const test = { is: (found: unknown) => isOne(value, found), words: wanted(value) }
    return [apiName(name), mayLack ? { ...test, optional: true } : test]
  }),
)

function nearestChoice(row: SettingValue, value: unknown): string {
  return row.type === 'choice' && typeof value === 'string' ? didYouMean(value, row.choices, row.words) : ''
}

function isOne(row: SettingValue, value: unknown): boolean {
  switch (row.type) {
    case 'number': {
      const { least = -Infinity, above = -Infinity, most = Infinity, below = Infinity } = row
      return (
        Number.isFinite(value) &&
        least <= Number(value) &&
        above < Number(value) &&
        Number(value) <= most &&
        Number(value) < below
      )
    }
    case 'whole':
      return Number.isSafeInteger(value) && Number(value) >= row.least
    case 'choice':
      return row.choices.includes(value as string)
    case 'text':
      return typeof value === 'string' && !(row.filled && value === '')
    case 'size':
      return typeof value === 'string' && memoryBytes(value) !== undefined
    case 'switch':
      return typeof value === 'boolean'
    case 'either':
      return value === row.word || isOne(row.or, value)
  }
}

function wanted(row: SettingValue): string {
  switch (row.type) {
    case 'number': {
      const bounds = [
        ...(row.least === undefined ? [] : [`at least ${row.least}`]),
        ...(row.above === undefined ? [] : [`above ${row.above}`]),
        ...(row.most === undefined ? [] : [`at most ${row.most}`]),
        ...(row.below === undefined ? [] : [`below ${row.below}`]),
      ]
      return ['a number', ...bounds].join(', ')
    }
    case 'whole':
      return `a whole number of at least ${row.least}`
    case 'choice':
      return row.choices.map((choice) => `"${choice}"`).join(', ')
    case 'text':
      return 'a text'
    case 'size':
      return memorySizeWords
    case 'switch':
      return 'true or false'
    case 'either':
      return `"${row.word}" or ${wanted(row.or)}`
  }
}
