import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  type GenerationName,
  type GenerationOptions,
  type GenerationValue,
  generationNames,
  generationOption,
  generationRow,
} from '../../lesson/generation.ts'
import { numberWithin, wholeNumber } from './option-values.ts'

/** The flags of generation, in commander's spelling. */
export interface GenerationFlags extends GenerationOptions {
  /** The short way to say `numBeams`. */
  readonly beams?: number
}

/** Adds a flag for every setting of how answers are written. */
export function addGenerationOptions(command: Command): Command {
  for (const name of generationNames) command.addOption(flagOf(name))
  return command.addOption(
    new Option('--beams <n>', 'the same as --num-beams').argParser(wholeNumber(1)).hideHelp().conflicts('numBeams'),
  )
}

/** The settings that were given. */
export function generationOf({ beams, ...flags }: GenerationFlags): GenerationOptions {
  const given = generationNames.map(generationOption).filter((option) => flags[option] !== undefined)
  const options = Object.fromEntries(given.map((option) => [option, flags[option]])) as GenerationOptions
  return beams === undefined ? options : { ...options, numBeams: beams }
}

function flagOf(name: GenerationName): Option {
  const { value, help } = generationRow(name)
  const flag = `--${name.replaceAll('_', '-')} <${placeholders[value.type]}>`
  const option = new Option(flag, `${help.replace(/^[A-Z]/u, (letter) => letter.toLowerCase())}${ownDefault(name)}`)
  // "--no-repeat-ngram-size" denies nothing: it would be heard as the value of "repeatNgramSize".
  option.negate = false
  return option.argParser(parserOf(value))
}

function ownDefault(name: GenerationName): string {
  return name === 'max_length' ? " (default: the model's own)" : ''
}

const placeholders: Readonly<Record<GenerationValue['type'], string>> = {
  whole: 'n',
  number: 'x',
  stopping: 'when',
  id: 'id',
  ids: 'ids',
  'id-or-ids': 'ids',
  runs: 'runs',
}

function parserOf(value: GenerationValue): (text: string) => unknown {
  switch (value.type) {
    case 'whole':
      return wholeNumber(value.least)
    case 'number':
      return numberWithin(value)
    case 'stopping':
      return stopping
    case 'id':
      return wholeNumber(0)
    case 'ids':
    case 'id-or-ids':
      return ids
    case 'runs':
      return (text) => text.split(';').map(ids)
  }
}

function stopping(text: string): boolean | 'never' {
  if (text === 'never') return text
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Wanted true, false or never.')
  return text === 'true'
}

/** Such as `3,17`, and with several runs `3,17;25`. */
function ids(text: string): number[] {
  return text.split(',').map((id) => {
    const value = Number(id)
    if (id.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
      throw new InvalidArgumentError('Wanted token ids with commas between them, such as 3,17.')
    }
    return value
  })
}
