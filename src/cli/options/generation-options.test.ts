import { Command } from 'commander'
import { expect, it } from 'vitest'
import { generationNames, generationOption, generationRow } from '../../lesson/generation.ts'
import { addGenerationOptions, type GenerationFlags, generationOf } from './generation-options.ts'

const written = (value: unknown): string =>
  Array.isArray(value)
    ? value
        .map((item) => (Array.isArray(item) ? item.join(',') : String(item)))
        .join(Array.isArray(value[0]) ? ';' : ',')
    : String(value)

it.each(generationNames)('generationOf() has the value that the flag of %s is given, and no other', (name) => {
  const { example } = generationRow(name)
  const command = addGenerationOptions(new Command())
  command.parse([`--${name.replaceAll('_', '-')}`, written(example)], { from: 'user' })
  const isList = generationRow(name).value.type === 'id-or-ids'
  expect(generationOf(command.opts<GenerationFlags>())).toEqual({
    [generationOption(name)]: isList && !Array.isArray(example) ? [example] : example,
  })
})

it('generationOf() has nothing where no flag is given', () => {
  const command = addGenerationOptions(new Command())
  command.parse([], { from: 'user' })
  expect(generationOf(command.opts<GenerationFlags>())).toEqual({})
})

it.each(['5 4,4', '[[290],[37,1712]]', '5;', '5;-1'])('--bad-words-ids says what it wants in place of %s', (text) => {
  const command = addGenerationOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  const parse = () => command.parse(['--bad-words-ids', text], { from: 'user' })
  expect(parse).toThrow('Wanted runs of token ids with semicolons between them, such as 3,17;25.')
})
