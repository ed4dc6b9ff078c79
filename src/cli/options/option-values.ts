import { resolve } from 'node:path'
import { InvalidArgumentError, type Option } from 'commander'
import { mostThreads } from '../../base/bounds/most-threads.ts'
import { didYouMean, type OtherWords } from '../../base/nearest.ts'
import { encodingHint } from '../../data/text/encoding.ts'
import { isHubName, isRepoName, isRevision } from '../../hub/hub-name.ts'
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
    throw new InvalidArgumentError(
      `Allowed choices are ${choices.join(', ')}.${ownSentence(didYouMean(text, choices, words))}`,
    )
  })
}

/** The end of a sentence, `: did you mean "x"?`, as one of its own, with a blank before it. */
export function ownSentence(hint: string): string {
  return hint.replace(/^: (.)/u, (_, letter: string) => ` ${letter.toUpperCase()}`)
}

/** A text encoding. */
export function textEncoding(text: string): string {
  const hint = encodingHint(text)
  if (hint !== undefined) throw new InvalidArgumentError(`It is no text encoding that is known.${ownSentence(hint)}`)
  return text
}

/** What a repository of the hub is read by. */
export function repoName(text: string): string {
  if (!isRepoName(text)) throw new InvalidArgumentError('Wanted owner/name.')
  return text
}

/** A repository of the hub that may be written. */
export function ownRepoName(text: string): string {
  if (!isHubName(text)) throw new InvalidArgumentError('Wanted owner/name.')
  return text
}

/** A branch, tag or commit. */
export function revisionName(text: string): string {
  if (!isRevision(text)) throw new InvalidArgumentError('Wanted a branch, tag or commit.')
  return text
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
