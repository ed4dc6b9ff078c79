import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Wanted a whole number of at least ${least}.`)
    }
    return value
  }
}

/** A number of at least `least`, and below `limit` where one is given. */
export function numberFrom(least: number, limit = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value >= limit) {
      const above = limit === Number.POSITIVE_INFINITY ? '' : ` and below ${limit}`
      throw new InvalidArgumentError(`Wanted a number of at least ${least}${above}.`)
    }
    return value
  }
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Wanted a number above 0.')
  }
  return value
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
