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
const argumentKinds = {
  path: { is: (value) => typeof value === 'string' && value !== '', words: 'a path' },
  text: { is: (value) => typeof value === 'string', words: 'a text' },
  function: { is: (value) => typeof value === 'function', words: 'a function' },
  signal: { is: (value) => value instanceof AbortSignal, words: 'an AbortSignal' },
  object: { is: (value) => typeof value === 'object' && value !== null, words: 'an object' },
} as const satisfies Readonly<Record<string, { is(value: unknown): boolean; words: string }>>

type ArgumentKind = keyof typeof argumentKinds

/** By name what an argument must be, with `?` if it may be left out; of an object with such fields their kinds. */
export interface ArgumentKinds {
  readonly [name: string]: ArgumentKind | `${ArgumentKind}?` | ArgumentKinds
}

/**
 * To be called where a function of the library begins, as a program without types may give it anything.
 *
 * @throws {Fault} naming the first argument that is missing or no such value
 */
export function refuseArguments(given: Readonly<Record<string, unknown>>, kinds: ArgumentKinds): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value = given[name]
    const fields = typeof kind === 'object' ? kind : undefined
    const called = typeof kind === 'object' ? 'object' : (kind.replace('?', '') as ArgumentKind)
    if (value === undefined) {
      if (typeof kind === 'string' && kind.endsWith('?')) continue
      throw new Fault(`Missing "${name}"`)
    }
    const { is, words } = argumentKinds[called]
    if (!is(value)) throw new Fault(`Wrong value of "${name}": it must be ${words}`)
    if (fields !== undefined) refuseArguments(value as Readonly<Record<string, unknown>>, fields)
  }
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
