import type { Command } from 'commander'
import { nearest } from '../base/nearest.ts'

/**
 * What commander says of wrong words, as it is told: a value for an option that takes none is named as that, and an option or
 * command that there is not comes with the nearest one, as in the faults of a study.
 */
export function toldSlip(text: string, command: Command): string {
  const slip = slipFirst(text, command)
  return valueless(slip, command) ?? withNearest(slip, command)
}

/** Commander misses a required option before it sees that another one is that option with a slip. */
function slipFirst(text: string, command: Command): string {
  if (!text.startsWith('error: required option')) return text
  const slip = command.parseOptions(command.parent?.args.slice(1) ?? []).unknown.find((word) => word.startsWith('-'))
  return slip === undefined ? text : `error: unknown option '${slip}'\n`
}

/** Commander takes `--all=yes` for an option of that whole name. */
function valueless(text: string, command: Command): string | undefined {
  const [, name] = /^error: unknown option '(-[^=']*)=/u.exec(text) ?? []
  if (name === undefined) return undefined
  const known = [...command.options, ...command.createHelp().visibleOptions(command)]
  const isKnown = known.some(({ long, short }) => long === name || short === name)
  return isKnown ? `error: option '${name}' takes no value\n` : undefined
}

/** Commander suggests only very close names; ours are the ones that the study's faults suggest too. */
function withNearest(text: string, command: Command): string {
  const [, what, found] = /^error: unknown (option|command) '([^']+)'/u.exec(text) ?? []
  if (what === undefined || found === undefined || /Did you mean/u.test(text)) return text
  const name = what === 'option' ? found.split('=', 1)[0]! : found
  const dashes = name.startsWith('--') ? '--' : ''
  const names =
    dashes === ''
      ? command.commands.map((sub) => sub.name())
      : command.options.flatMap(({ long }) => long?.slice(2) ?? [])
  const close = nearest(name.slice(dashes.length), names)
  return close === undefined ? text : text.replace(/\n?$/u, `\n(Did you mean ${dashes}${close}?)\n`)
}
