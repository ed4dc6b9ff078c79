import { basename } from 'node:path'

/**
 * Whether the end of a terminal is to change nothing. nohup has it ignored, which Node takes back as it starts; the shell's
 * variable of the command that it called still tells.
 */
export const isHeldByNohup = basename(process.env._ ?? '') === 'nohup'

/** Signals that ask a program to end. */
export const endingSignals: readonly EndingSignal[] = isHeldByNohup
  ? ['SIGINT', 'SIGTERM']
  : ['SIGHUP', 'SIGINT', 'SIGTERM']

type EndingSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM'

/** Thrown when Ctrl-C or a request to end has stopped the work in good order. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  /** 128 + the signal's number, as shells have it. */
  readonly exitCode: number

  constructor(exitCode: number) {
    super('Interrupted')
    this.exitCode = exitCode
  }
}

/**
 * Runs work that stops in good order on the first Ctrl-C (or SIGTERM, SIGHUP) and at once on the second; the end of a terminal
 * is told more than once, by the shell and by the system.
 *
 * @param sentence said when the work is asked to stop, or gives what is said then
 * @param more signals that stop it as well
 * @throws {Interrupted} once the work has stopped
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  sentence: string | (() => string) = usualSentence,
  more: readonly 'SIGUSR1'[] = [],
): Promise<T> {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals): void => {
    const exitCode = 128 + signalNumbers[signal as keyof typeof signalNumbers]
    if (controller.signal.aborted && signal === 'SIGHUP') return
    if (controller.signal.aborted) process.exit(exitCode)
    process.stderr.write(`\n${typeof sentence === 'string' ? sentence : sentence()}\n`)
    controller.abort(new Interrupted(exitCode))
  }
  const signals = [...endingSignals, ...more]
  for (const signal of signals) process.on(signal, stop)
  try {
    const result = await work(controller.signal)
    controller.signal.throwIfAborted()
    return result
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

/** Of work that keeps nothing, or has nothing yet to keep. */
export const usualSentence = 'Stopping (press again to stop at once)'

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGUSR1: 10, SIGTERM: 15 } as const
