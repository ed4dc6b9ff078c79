import { didYouMean } from './nearest.ts'

/** Where a fault lies: a file and, where they are known, its 1-based line and column. */
export interface FaultPlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/**
 * A user's mistake or an outside failure (missing file, full disk, label not in the list), told in one sentence.
 *
 * Faults are expected: the command line prints the message without a stack and exits with 1. A broken invariant of
 * this program is an ordinary `Error` instead.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly place: FaultPlace | undefined

  /** @param message one sentence: what failed, the value found and the one wanted, and what to do */
  constructor(message: string, place?: FaultPlace, options?: ErrorOptions) {
    super(sentenceOf(message), options)
    this.place = place
  }

  /** The same fault in other words. */
  inWords(message: string): Fault {
    const Own = this instanceof UsageFault ? UsageFault : Fault
    return new Own(message, this.place, { cause: this })
  }

  /** `study.yaml:14:11 Unknown task …`, or the message alone when the place is unknown. */
  describe(): string {
    if (this.place === undefined) return this.message
    const { file, line, column } = this.place
    const position = [file, line, column].filter((part) => part !== undefined).join(':')
    return `${position} ${this.message}`
  }
}

/** What the arguments of a command show to be wrong by themselves, whatever lies on the disk: the command line exits with 2. */
export class UsageFault extends Fault {}

/** What an argument of the library may be, and how that is called. */
export interface ArgumentTest {
  is(value: unknown): boolean
  readonly words: string
}

const argumentTests = {
  path: { is: (value) => typeof value === 'string' && value !== '', words: 'a path' },
  text: { is: (value) => typeof value === 'string', words: 'a text' },
  texts: { is: isListOf((value) => typeof value === 'string'), words: 'a list of texts' },
  switch: { is: (value) => typeof value === 'boolean', words: 'true or false' },
  number: { is: Number.isFinite, words: 'a number' },
  numbers: { is: isListOf(Number.isFinite, mayHoldNumbers), words: 'a list of numbers' },
  notNegative: { is: (value) => Number.isFinite(value) && Number(value) >= 0, words: 'a number of at least 0' },
  share: {
    is: (value) => Number.isFinite(value) && Number(value) > 0 && Number(value) < 1,
    words: 'a number between 0 and 1',
  },
  count: { is: (value) => Number.isSafeInteger(value) && Number(value) > 0, words: 'a whole number of at least 1' },
  function: { is: (value) => typeof value === 'function', words: 'a function' },
  signal: { is: (value) => value instanceof AbortSignal, words: 'an AbortSignal' },
  object: { is: (value) => Object(value) === value && !Array.isArray(value), words: 'an object' },
} as const satisfies Readonly<Record<string, ArgumentTest>>

type ArgumentName = keyof typeof argumentTests

/** By its name, with `?` if the argument may be left out; by what it must be; or an object that has these fields and no other. */
export type ArgumentKind =
  | ArgumentName
  | `${ArgumentName}?`
  | (ArgumentTest & { readonly optional?: true })
  | { readonly fields: ArgumentKinds; readonly optional?: true }

export interface ArgumentKinds {
  readonly [name: string]: ArgumentKind
}

/** The kind of every field of an object of the library's: one that is forgotten does not compile. */
export type FieldKinds<Fields> = { readonly [Name in keyof Required<Fields>]: ArgumentKind }

/** A test of every item, gaps of arrays included. */
export function isListOf(is: (item: unknown) => boolean, isList = Array.isArray as (value: unknown) => boolean) {
  return (value: unknown): boolean => {
    if (!isList(value)) return false
    const list = value as ArrayLike<unknown>
    for (let at = 0; at < list.length; at++) if (!is(list[at])) return false
    return true
  }
}

/** Whether a value is an array, be it a typed one. */
export function mayHoldNumbers(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

/** One of these texts or numbers. */
export function oneOf(choices: readonly (string | number)[]): ArgumentTest {
  const words = choices.map((choice) => JSON.stringify(choice)).join(' or ')
  return { is: (value) => choices.includes(value as string), words }
}

/** What a function of the library gives, told by some of its fields. */
export function given(words: string, ...fields: readonly string[]): ArgumentTest {
  const has = (value: unknown): boolean => fields.every((name) => (value as never)[name] !== undefined)
  return { is: (value) => Object(value) === value && has(value), words }
}

/**
 * To be called where a function of the library begins, as a program without types may give it anything.
 *
 * @throws {Fault} naming the first argument that is missing, no such value or unknown
 */
export function refuseArguments(asked: unknown, kinds: ArgumentKinds): void {
  if (isPromise(asked)) throw new Fault('Cannot use a promise: wait for what it gives')
  const named = Object(asked) as Readonly<Record<string, unknown>>
  // Tokenizers ask for every text, so nothing is made as long as all is right.
  for (const name of Object.keys(kinds)) {
    const [kind, value] = [kinds[name]!, named[name]]
    if (value === undefined) {
      if (typeof kind === 'string' ? kind.endsWith('?') : kind.optional) continue
      throw new Fault(`Missing "${name}"`)
    }
    const { is, words } = testOf(kind)
    if (isPromise(value)) throw new Fault(`Wrong value of "${name}": it is a promise, wait for what it gives`)
    if (!is(value)) throw new Fault(`Wrong value of "${name}": it must be ${words}`)
    if (typeof kind === 'object' && 'fields' in kind)
      refuseFields(value as Readonly<Record<string, unknown>>, kind.fields)
  }
}

function refuseFields(found: Readonly<Record<string, unknown>>, fields: ArgumentKinds): void {
  // What is of a class may have a state of its own.
  const names = Object.getPrototypeOf(found) === Object.prototype ? Object.keys(found) : []
  const stranger = names.find((name) => found[name] !== undefined && !Object.hasOwn(fields, name))
  if (stranger === undefined) refuseArguments(found, fields)
  else throw new Fault(`Unknown option "${stranger}"${didYouMean(stranger, Object.keys(fields))}`)
}

function testOf(kind: ArgumentKind): ArgumentTest {
  if (typeof kind === 'string') return argumentTests[kind.replace('?', '') as ArgumentName]
  return 'fields' in kind ? argumentTests.object : kind
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** Longer than any sentence that lists what is wrong; what is longer quotes a name that a file made so long. */
const longestBeginning = 1500
const longestEnd = 900

/**
 * The inside of a pattern's brackets: C0 and C1 but for tab and line feed, and what turns the direction of a text or breaks its
 * lines. From a file's rows, labels and names they would move the cursor, set links and titles, or hide what stands there.
 */
export const hiddenCharacters =
  '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069'

/** Such a character as JSON would write it: `\u001b`. */
export function shownCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const hidden = new RegExp(`[\\n${hiddenCharacters}]`, 'gu')

/** A sentence stays one line that can be read, also in a log, whatever the names are that files and paths put into it. */
function sentenceOf(message: string): string {
  return shortened(message).replace(hidden, shownCharacter)
}

function shortened(whole: string): string {
  if (whole.length <= longestBeginning + longestEnd) return whole
  // A name without a blank goes before what is said of it.
  const message = whole.replace(/\S{1000,}/gu, (name) => `${name.slice(0, 200)}…${name.slice(-100)}`)
  if (message.length <= longestBeginning + longestEnd) return message
  const beginning = message.slice(0, longestBeginning).replace(/[\ud800-\udbff]$/, '')
  const end = message.slice(-longestEnd).replace(/^[\udc00-\udfff]/, '')
  return `${beginning} … ${end}`
}
