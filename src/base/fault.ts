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
    super(message, options)
    this.place = place
  }

  /** `study.yaml:14:11 Unknown task …`, or the message alone when the place is unknown. */
  describe(): string {
    if (this.place === undefined) return this.message
    const { file, line, column } = this.place
    const position = [file, line, column].filter((part) => part !== undefined).join(':')
    return `${position} ${this.message}`
  }
}
