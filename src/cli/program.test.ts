import type { Command, Option } from 'commander'
import { expect, it } from 'vitest'
import { buildProgram } from './program.ts'

const commands = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(commands)]
const choices = commands(buildProgram()).flatMap((command) =>
  command.options
    .filter(({ argChoices = [] }) => argChoices.some((word) => word.length > 3))
    .map((option) => [`${command.name()} ${option.long}`, option] as const),
)

it('there are commands with an option that is one of some words', () => {
  expect(choices.length).toBeGreaterThan(10)
})

it.each(choices)('%s names the nearest of its words', (_, option) => {
  const word = option.argChoices!.find((choice) => choice.length > 3)!
  const parse = option.parseArg as NonNullable<Option['parseArg']>
  expect(parse(word, undefined)).toEqual(/^\d+$/.test(word) ? Number(word) : word)
  expect(() => parse(`${word}x`, undefined)).toThrow(`Did you mean "${word}"?`)
})
