import { type Command, Option } from 'commander'
import { apiName, isRequired, teachDefaultOf } from '../../lesson/lesson-settings.ts'
import type { SettingValue } from '../../lesson/setting.ts'
import { impliedDefault } from '../../lesson/setting-words.ts'
import { type SettingName, settingNames, settingRow } from '../../lesson/settings.ts'
import { memorySize, numberWithin, trueOrFalse, wholeNumber, withChoices } from './option-values.ts'

/** Adds the flags of all settings of a lesson that must be given, or of all that may be left out. */
export function addSettingOptions(command: Command, which: 'required' | 'optional'): Command {
  for (const name of settingNames) {
    if (settingRow(name).flag === undefined || isRequired(name) !== (which === 'required')) continue
    command.addOption(settingOption(name))
  }
  return command
}

/** `warmup_steps` is `--warmup-steps`. */
export function flagName(name: SettingName): string {
  return `--${apiName(name).replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`
}

function settingOption(name: SettingName): Option {
  const { value, flag, absent, replacedBy } = settingRow(name)
  const option = new Option(`${flagName(name)} <${flag?.value ?? placeholder(value)}>`, helpOf(name))
  option.makeOptionMandatory(isRequired(name) && replacedBy === undefined)
  if (value.type === 'choice') withChoices(option, value.choices, value.words)
  else if (value.type !== 'text') option.argParser(parserOf(value))
  if (absent === undefined && flag?.saysDefault === undefined) option.default(teachDefaultOf(name))
  return option
}

/** Sentences of the study's schema begin with a capital, those of help do not; names such as AdamW keep theirs. */
function helpOf(name: SettingName): string {
  const text =
    settingRow(name).flag?.help ?? settingRow(name).help.replace(/^[A-Z][a-z]*\b/u, (word) => word.toLowerCase())
  const usual = impliedDefault(name)
  return usual === undefined ? text : `${text} (default: ${usual})`
}

function placeholder({ type }: SettingValue): string {
  return { number: 'x', whole: 'n', choice: 'name', text: 'text', switch: 'bool', either: 'n', size: 'size' }[type]
}

function parserOf(value: SettingValue): (text: string) => unknown {
  switch (value.type) {
    case 'number':
      return numberWithin(value)
    case 'whole':
      return wholeNumber(value.least)
    case 'either':
      return (text) => (text === value.word ? text : parserOf(value.or)(text))
    case 'size':
      return memorySize
    case 'switch':
      return trueOrFalse
    case 'choice':
    case 'text':
      return (text) => text
  }
}
