/** Rate over the last half minute, so that a slow beginning does not spoil the estimate for long. */
export class RateClock {
  readonly #marks: { done: number; ms: number }[]

  constructor(from: number, ms: number) {
    this.#marks = [{ done: from, ms }]
  }

  rate(done: number, ms: number): number | undefined {
    const last = this.#marks.at(-1)!
    if (done > last.done && ms - last.ms > 500) this.#marks.push({ done, ms })
    while (this.#marks.length > 2 && ms - this.#marks[1]!.ms > 30_000) this.#marks.shift()
    const first = this.#marks[0]!
    const seconds = (ms - first.ms) / 1000
    return done > first.done && seconds > 0.2 ? (done - first.done) / seconds : undefined
  }
}
