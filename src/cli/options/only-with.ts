import type { Command, Option } from 'commander'

const needs = new WeakMap<Option, string>()

/**
 * An option that changes nothing without something else.
 *
 * @param other the option, `--hub`, or what an argument names, `a study`
 */
export function onlyWith(other: string, option: Option): Option {
  needs.set(option, other)
  return option
}

/** Ends the command at an option that is given without what it needs, and says what that is. */
export function refuseUnheeded(command: Command): void {
  for (const option of command.options) {
    const other = needs.get(option)
    if (other === undefined || !isGiven(option, command) || isThere(other, command)) continue
    command.error(`error: option '${option.flags}' changes nothing without ${other}`, { exitCode: 2 })
  }
}

function isThere(other: string, command: Command): boolean {
  const option = command.options.find(({ long }) => long === other)
  return option === undefined ? command.args.length > 0 : isGiven(option, command)
}

function isGiven(option: Option, command: Command): boolean {
  return command.getOptionValueSource(option.attributeName()) === 'cli'
}
