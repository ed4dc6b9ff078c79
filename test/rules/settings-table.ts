import { teachDefaultOf } from '../../src/lesson/lesson-settings.ts'
import type { SettingScalar, SettingValue } from '../../src/lesson/setting.ts'
import { type SettingName, settingNames, settingRow } from '../../src/lesson/settings.ts'
import { settingOf, studyDefaults } from '../../src/lesson/teach-settings.ts'
import { trainerDefault } from './trainer-defaults.ts'

const begin =
  '<!-- settings: written by node scripts/run-ts.mjs scripts/settings-table.ts from src/lesson/settings.ts -->'
const end = '<!-- end of settings -->'

/** The document with the table of settings as the rows have it. */
export function withSettingsTable(document: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`Cannot find the table of settings between "${begin}" and "${end}"`)
  return `${document.slice(0, from)}${begin}\n${settingsTable()}\n${document.slice(to)}`
}

function settingsTable(): string {
  const rows = settingNames.map((name) => {
    const { value, fair, help } = settingRow(name)
    return `| \`${name}\` | ${valuesText(value)} | ${studyDefault(name)} | ${teachDefault(name)} | ${theirs(name)} | ${fair ? '✓' : ''} | ${help} |`
  })
  return [
    '| setting | values | default in a study | of `reteach teach` | of Hugging Face | alike | what it does |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** By the trainer's own name where it is another. */
function theirs(name: SettingName): string {
  const found = trainerDefault(name)
  if (found === undefined) return '–'
  return found.name === name ? found.usual : `${found.usual} (\`${found.name}\`)`
}

function studyDefault(name: SettingName): string {
  return defaultText(settingOf(studyDefaults, name), name)
}

function teachDefault(name: SettingName): string {
  // The command has it for all of its work, and not for the lesson alone.
  if (name === 'threads') return 'all cores'
  const { flag, absent, insteadOf } = settingRow(name)
  if (flag === undefined) return '–'
  if (insteadOf !== undefined) return `this or \`${insteadOf}\``
  const usual = absent === undefined ? teachDefaultOf(name) : undefined
  return absent === undefined && usual === undefined ? 'must be given' : defaultText(usual, name)
}

function defaultText(value: SettingScalar | undefined, name: SettingName): string {
  const { absent, belongsTo } = settingRow(name)
  if (value !== undefined) return value === '' ? 'empty' : `\`${value}\``
  if (belongsTo === undefined) return absent ?? ''
  const own = Object.entries(belongsTo.defaults).map(([owner, usual]): [string, string] => [
    owner,
    usual === null ? absent! : `\`${usual}\``,
  ])
  return own.length === 1 ? own[0]![1] : own.map(([owner, usual]) => `${usual} (${owner})`).join(', ')
}

function valuesText(value: SettingValue): string {
  switch (value.type) {
    case 'number': {
      const { least, above, most, below } = value
      const ends = { '≥': least, '>': above, '≤': most, '<': below }
      return [
        'number',
        ...Object.entries(ends).flatMap(([sign, at]) => (at === undefined ? [] : [`${sign} ${at}`])),
      ].join(' ')
    }
    case 'whole':
      return `whole number ≥ ${value.least}`
    case 'choice':
      return value.choices.map((choice) => `\`${choice}\``).join(', ')
    case 'text':
      return 'text'
    case 'size':
      return 'size'
    case 'switch':
      return '`true`, `false`'
    case 'either':
      return `\`${value.word}\`, ${valuesText(value.or)}`
  }
}
