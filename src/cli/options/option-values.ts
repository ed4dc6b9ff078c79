import { resolve } from 'node:path'
import { InvalidArgumentError, type Option } from 'commander'
import { mostThreads } from '../../base/bounds/most-threads.ts'
import { didYouMean, type OtherWords } from '../../base/nearest.ts'
import { memoryBytes, memorySizeWords } from '../../lesson/memory-size.ts'

/** A whole number of at least `least`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`Wanted a whole number of at least ${least}${upTo}.`)
    }
    return value
  }
}

/** A number of threads that a machine may have. */
export function threadCount(text: string): number {
  const value = wholeNumber(1)(text)
  if (value <= mostThreads) return value
  throw new InvalidArgumentError(`Wanted at most ${mostThreads} threads, as more than there are cores only take turns.`)
}

interface NumberRange {
  readonly least?: number
  readonly above?: number
  readonly most?: number
  readonly below?: number
}

/** A number within a range, ends that are not given being open. */
export function numberWithin({ least, above, most, below }: NumberRange): (text: string) => number {
  const ends = { 'of at least': least, above, 'at most': most, below }
  const bounds = Object.entries(ends).flatMap(([words, end]) => (end === undefined ? [] : [`${words} ${end}`]))
  const wanted = ['a number', bounds.join(' and ')].filter((words) => words !== '').join(' ')
  return (text) => {
    const value = Number(text)
    const isInside =
      value >= (least ?? Number.NEGATIVE_INFINITY) &&
      value > (above ?? Number.NEGATIVE_INFINITY) &&
      value <= (most ?? Number.POSITIVE_INFINITY) &&
      value < (below ?? Number.POSITIVE_INFINITY)
    if (text.trim() === '' || !Number.isFinite(value) || !isInside) {
      throw new InvalidArgumentError(`Wanted ${wanted}.`)
    }
    return value
  }
}

/** A number of at least `least`. */
export function numberFrom(least: number): (text: string) => number {
  return numberWithin({ least })
}

/** A number above 0. */
export const positiveNumber = numberWithin({ above: 0 })

/** `true` or `false`, for what a file has as a boolean. */
export function trueOrFalse(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Wanted true or false.')
  return text === 'true'
}

/** A size of memory, as it is written. */
export function memorySize(text: string): string {
  if (memoryBytes(text) === undefined) throw new InvalidArgumentError(`Wanted ${memorySizeWords}.`)
  return text
}

/** One of some words; what else means one of them, or is written like it, is told with the fault. */
export function withChoices(option: Option, choices: readonly string[], words?: OtherWords): Option {
  return option.choices(choices).argParser((text) => {
    if (choices.includes(text)) return text
    const hint = didYouMean(text, choices, words).replace(/^: d/u, ' D')
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.${hint}`)
  })
}

/** Collects `--folder data=DIR`, relative to where the command is run. */
export function namedFolder(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Wanted NAME=DIR.')
  return new Map([...before, [text.slice(0, at), resolve(text.slice(at + 1))]])
}
