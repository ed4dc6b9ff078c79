import { GuardedPattern } from '../../base/bounds/guarded-pattern.ts'
import { isObject } from '../../base/bounds/is-object.ts'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import type { Row } from '../source/row.ts'
import { textOf, valueAt } from './column.ts'

type Scalar = string | number | boolean | null

/** What a column's value must satisfy; several tests in one object must all hold. */
export interface WhereTest {
  /** The value is this one, or one of these. `3` and the text `"3"` are equal, as a CSV file has only texts. */
  readonly equals?: Scalar | readonly Scalar[]
  /** The text has this part, or the list this item; with several, one of them is enough. */
  readonly contains?: string | number | readonly (string | number)[]
  /** A regular expression (JavaScript's, with Unicode) matches somewhere in the text. */
  readonly matches?: string
  /** The text has more characters (code points), or the list more items, than this. */
  readonly longer?: number
  /** The text has fewer characters (code points), or the list fewer items, than this. */
  readonly shorter?: number
  /** The inner test does not hold. */
  readonly not?: WhereTest
}

/** Column path → test; a row stays when every test holds. */
export type WhereFilter = Readonly<Record<string, WhereTest>>

/** A fault in a filter, with the keys that lead to it. */
export interface WhereProblem {
  readonly path: readonly string[]
  readonly message: string
}

const testNames = ['equals', 'contains', 'matches', 'longer', 'shorter', 'not'] as const

/** What `parseWhere` found: `filter` is only to be used when there are no problems. */
export interface ParsedWhere {
  readonly filter: WhereFilter
  readonly problems: readonly WhereProblem[]
}

/** Checks a filter as it comes from YAML or JSON. A bare value or list is short for `equals`. */
export function parseWhere(input: unknown): ParsedWhere {
  const problems: WhereProblem[] = []
  if (!isObject(input)) {
    const message = 'Expected columns with tests, such as { stars: { equals: 5 } }'
    return { filter: {}, problems: [{ path: [], message }] }
  }
  const entries = Object.entries(input).map(([column, test]) => [column, parseTest(test, [column], problems)] as const)
  if (entries.length === 0) problems.push({ path: [], message: 'Expected at least one column with a test' })
  return { filter: Object.fromEntries(entries), problems }
}

/** A filter of YAML may stand within itself. */
const deepest = 50

function parseTest(input: unknown, path: readonly string[], problems: WhereProblem[]): WhereTest {
  if (path.length > deepest) {
    problems.push({ path: path.slice(0, 2), message: `Expected at most ${deepest} tests within each other` })
    return {}
  }
  if (typeof input === 'number' || isScalar(input) || Array.isArray(input))
    return parseTest({ equals: input }, path, problems)
  if (!isObject(input)) {
    problems.push({ path, message: `Expected a test (${testNames.join(', ')})` })
    return {}
  }
  if (Object.keys(input).length === 0) problems.push({ path, message: `Expected a test (${testNames.join(', ')})` })
  const test: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    const here = [...path, name]
    // From a program.
    if (value === undefined) continue
    if (name === 'not') {
      test[name] = parseTest(value, here, problems)
    } else {
      const message = problemOf(name, value)
      if (message !== undefined) problems.push({ path: here, message })
      test[name] = value
    }
  }
  return test
}

function problemOf(name: string, value: unknown): string | undefined {
  switch (name) {
    case 'equals':
      return allOf(value, isScalar) ? undefined : 'Expected a text, number, true, false, null, or a list of these'
    case 'contains':
      return allOf(value, (item) => (typeof item === 'string' && item !== '') || Number.isFinite(item))
        ? undefined
        : 'Expected a text that is not empty, a number, or a list of these'
    case 'matches':
      return typeof value === 'string' ? patternProblem(value) : 'Expected a regular expression as text'
    case 'longer':
    case 'shorter':
      return Number.isFinite(value) && Number(value) >= 0 ? undefined : 'Expected a number of characters or items'
    default:
      return `Unknown test "${name}"${didYouMean(name, testNames) || `: use ${testNames.join(', ')}`}`
  }
}

function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** A filter made ready: `keeps` tests a row, `unseen` lists the columns that no row so far had. */
export interface RowFilter {
  keeps(row: Row): boolean
  unseen(): string[]
}

/**
 * Prepares a filter. A row without the column fails its test (and passes under `not`), as JSON rows leave absent
 * values out; the caller decides by `unseen()` whether the column exists at all.
 *
 * @throws {Fault} when a pattern is no regular expression
 */
export function rowFilter(filter: WhereFilter): RowFilter {
  const tests = Object.entries(filter).map(([column, test]) => ({ column, test: compile(test), seen: false }))
  return {
    keeps(row) {
      let keep = true
      for (const entry of tests) {
        const value = valueAt(row, entry.column)
        if (value !== undefined) entry.seen = true
        if (keep && !entry.test(value ?? null)) keep = false
      }
      return keep
    },
    unseen: () => tests.filter(({ seen }) => !seen).map(({ column }) => column),
  }
}

type ValueTest = (value: unknown) => boolean

function compile(test: WhereTest): ValueTest {
  const parts: ValueTest[] = []
  if (test.equals !== undefined) {
    const wanted = listOf(test.equals)
    parts.push((value) => wanted.some((item) => isEqual(value, item)))
  }
  if (test.contains !== undefined) {
    const wanted = listOf(test.contains)
    parts.push((value) => wanted.some((item) => contains(value, item)))
  }
  if (test.matches !== undefined) {
    const problem = patternProblem(test.matches)
    if (problem !== undefined) throw new Fault(`Cannot filter with pattern "${test.matches}": ${problem}`)
    const pattern = new GuardedPattern(
      new RegExp(test.matches, 'u'),
      (reason) => new Fault(`Cannot filter rows as ${reason}`),
    )
    const matches = (text: string): boolean => pattern.run(text, (regex) => regex.test(text))
    parts.push((value) => value !== null && matches(textOf(value)))
  }
  if (test.longer !== undefined) {
    const bound = test.longer
    parts.push((value) => value !== null && lengthOf(value) > bound)
  }
  if (test.shorter !== undefined) {
    const bound = test.shorter
    parts.push((value) => lengthOf(value) < bound)
  }
  if (test.not !== undefined) {
    const inner = compile(test.not)
    parts.push((value) => !inner(value))
  }
  return (value) => parts.every((part) => part(value))
}

function isEqual(value: unknown, wanted: Scalar): boolean {
  if (value === null || wanted === null) return value === wanted
  return typeof value === 'object' ? false : String(value) === String(wanted)
}

function contains(value: unknown, wanted: string | number): boolean {
  if (value === null) return false
  if (Array.isArray(value)) return value.some((item) => isEqual(item ?? null, wanted))
  return textOf(value).includes(String(wanted))
}

/** Characters of a text (an emoji is one), items of a list; an absent value has length 0. */
function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  let length = 0
  for (const _ of textOf(value)) length++
  return length
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}

function allOf(value: unknown, accepts: (item: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(accepts) : accepts(value)
}

function isScalar(value: unknown): value is Scalar {
  return value === null || Number.isFinite(value) || ['string', 'boolean'].includes(typeof value)
}
