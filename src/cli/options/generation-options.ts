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
      return runs
  }
}

function stopping(text: string): boolean | 'never' {
  if (text === 'never') return text
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Wanted true, false or never.')
  return text === 'true'
}

/** Such as `3,17;25`. */
function runs(text: string): number[][] {
  const found = text.split(';').map(idsIn)
  if (found.every((run) => run !== undefined)) return found
  throw new InvalidArgumentError('Wanted runs of token ids with semicolons between them, such as 3,17;25.')
}

/** Such as `3,17`. */
function ids(text: string): number[] {
  const found = idsIn(text)
  if (found !== undefined) return found
  throw new InvalidArgumentError('Wanted token ids with commas between them, such as 3,17.')
}

function idsIn(text: string): number[] | undefined {
  const found = text.split(',').map((id) => (id.trim() === '' ? Number.NaN : Number(id)))
  return found.every((id) => Number.isSafeInteger(id) && id >= 0) ? found : undefined
}
