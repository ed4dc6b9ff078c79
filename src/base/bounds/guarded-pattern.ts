import { type Context, createContext, Script } from 'node:vm'
import type { Fault } from '../fault.ts'
import { compiles } from './compiles.ts'
import { type PatternPaths, pathsOf } from './pattern-paths.ts'

/** Ways through a pattern that take a fraction of a second to try. */
const quickPaths = 1e8
const usualLimitMs = 2000
/** A row that takes longer counts, and so much all of them may take. */
const slowMs = 50
const allSlowMs = 10_000

/**
 * A regular expression from a file, to be run on texts from files: of a pattern such as `(a+)+$` the engine may try more
 * ways than there are atoms. Where pattern and length leave few ways it is run as it is; elsewhere under a time limit,
 * which costs a tenth of a millisecond.
 */
export class GuardedPattern {
  readonly #pattern: RegExp
  readonly #faultOf: (reason: string) => Fault
  readonly #limitMs: number
  /** Texts up to this length have few ways. */
  readonly #quickLength: number
  #slowMs = 0

  /**
   * @param faultOf makes the sentence of a reason, such as `the pattern "(a+)+$" takes too long …`
   * @param limitMs that one text may take
   * @throws {Fault} when the engine cannot run it
   */
  constructor(pattern: RegExp, faultOf: (reason: string) => Fault, limitMs = usualLimitMs) {
    this.#pattern = pattern
    this.#faultOf = faultOf
    this.#limitMs = limitMs
    this.#quickLength = quickLength(pathsOf(pattern.source))
    if (!this.run('', compiles)) throw faultOf(`the pattern "${shown(pattern)}" is too large`)
  }

  /** Whether it is run on a text as it is. */
  isQuick(text: string): boolean {
    return text.length <= this.#quickLength
  }

  /** @throws {Fault} when it takes too long, be it on this text or on all so far */
  run<T>(text: string, work: (pattern: RegExp) => T): T {
    if (this.isQuick(text)) return work(this.#pattern)
    const begun = process.cpuUsage()
    const result = inTime(() => work(this.#pattern), this.#limitMs)
    const ms = busyMs(begun)
    if (ms > slowMs) this.#slowMs += ms
    if (result === undefined || this.#slowMs > allSlowMs) throw this.#fault(text)
    return result.value
  }

  #fault(text: string): Fault {
    const beginning = text.length > 40 ? `${text.slice(0, 40)}…` : text
    return this.#faultOf(
      `the pattern "${shown(this.#pattern)}" takes too long, such as with the ${text.length} characters of ` +
        `${JSON.stringify(beginning)}: write it without a repetition within a repetition, or begin it with ^`,
    )
  }
}

/** How long a text with few ways may be, -1 where even none has many. */
function quickLength({ factor, degree, base }: PatternPaths): number {
  if (factor > quickPaths) return -1
  // Each place of the text is tried as a beginning.
  const longest = (quickPaths / factor) ** (1 / (degree + 1))
  if (base === 1) return longest
  let length = 0
  while (length < longest && factor * (length + 1) ** (degree + 1) * base ** (length + 1) <= quickPaths) length++
  return length
}

function shown({ source }: RegExp): string {
  return source.length > 200 ? `${source.slice(0, 200)}…` : source
}

let runner: { readonly context: Context; readonly script: Script } | undefined

/** Runs work that holds the thread. @returns nothing when it took longer than it may, of the processor's time */
function inTime<T>(work: () => T, limitMs: number): { readonly value: T } | undefined {
  // On a busy machine time passes without work, and the work is begun anew with more of it.
  for (let timeout = limitMs; ; timeout *= 4) {
    const begun = process.cpuUsage()
    const result = within(work, timeout)
    if (result !== undefined || busyMs(begun) > limitMs / 2) return result
  }
}

function busyMs(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

function within<T>(work: () => T, timeout: number): { readonly value: T } | undefined {
  runner ??= { context: createContext(), script: new Script('work()') }
  const { context, script } = runner
  let value: { readonly value: T } | undefined
  context.work = () => {
    value = { value: work() }
  }
  try {
    script.runInContext(context, { timeout })
    return value
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  } finally {
    context.work = undefined
  }
}
