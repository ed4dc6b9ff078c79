import { type Command, InvalidArgumentError, Option } from 'commander'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { apiName, isRequired, teachDefaultOf } from '../../lesson/lesson-settings.ts'
import type { SettingValue } from '../../lesson/setting.ts'
import { impliedDefault } from '../../lesson/setting-words.ts'
import { type SettingName, settingNames, settingRow } from '../../lesson/settings.ts'
import { memorySize, numberWithin, ownSentence, trueOrFalse, wholeNumber, withChoices } from './option-values.ts'

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

/** Every name of a setting in a study or the library, and its flag. */
const flagsByName = new Map<string, string>(
  settingNames
    .filter((name) => settingRow(name).flag !== undefined)
    .flatMap((name) => [name, apiName(name)].map((call) => [call, flagName(name)] as const)),
)

/** A sentence of a lesson that says which setting to give as a study or the library calls it, with the flag. */
export function settingFlags(sentence: string): string {
  return sentence.replaceAll(/\b(give|set|leave|raise|lower) "([\w.]+)"/gu, (whole, verb: string, name: string) => {
    const flag = flagsByName.get(name)
    return flag === undefined ? whole : `${verb} "${flag}"`
  })
}

/** A fault with its sentence in such words; any other error as it is. */
export function inSettingFlags(error: unknown): unknown {
  return error instanceof Fault ? error.inWords(settingFlags(error.message)) : error
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
      return wordOr(value.word, parserOf(value.or))
    case 'size':
      return memorySize
    case 'switch':
      return trueOrFalse
    case 'choice':
    case 'text':
      return (text) => text
  }
}

/** @param or reads anything but the word */
function wordOr(word: string, or: (text: string) => unknown): (text: string) => unknown {
  return (text) => {
    if (text === word) return text
    try {
      return or(text)
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      const wanted = error.message.replace(/^Wanted /u, `Wanted ${word}, or `)
      throw new InvalidArgumentError(`${wanted}${ownSentence(didYouMean(text, [word]))}`)
    }
  }
}
