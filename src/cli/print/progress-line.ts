import { formatDuration, formatRate } from './durations.ts'
import { formatBytes } from './format-bytes.ts'

export interface Progress {
  /** Tells one piece of work from another; the label may change on the way. @default the label */
  readonly id?: string
  readonly label: string
  readonly done: number
  readonly total: number
  /** `bytes` are shown as kB, MB and so on. */
  readonly unit: string
  /** Where this sitting began. */
  readonly from: number
  readonly detail?: string
}

/**
 * Tells how far work is on standard error: on a terminal one line that is rewritten, elsewhere a plain line when
 * something begins or ends and every quarter of a minute in between.
 */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  readonly #live: boolean
  #shown = ''
  #lastMs = Number.NEGATIVE_INFINITY
  readonly #clocks = new Map<string, RateClock>()

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
    this.#live = stream.isTTY === true && process.env.TERM !== 'dumb'
  }

  /** A line that stays. */
  say(text: string): void {
    this.#clear()
    this.#stream.write(`${text}\n`)
    this.#draw()
  }

  update(progress: Progress): void {
    const clock = this.#clock(progress)
    const now = performance.now()
    const rate = clock.rate(progress.done, now)
    if (now - this.#lastMs < (this.#live ? 100 : 15_000)) return
    this.#lastMs = now
    const text = progressText(progress, rate)
    if (!this.#live) {
      this.#stream.write(`${text}\n`)
      return
    }
    this.#clear()
    this.#shown = text
    this.#draw()
  }

  /** Forgets a piece of work, and takes its line away. */
  end(id: string): void {
    this.#clocks.delete(id)
    this.#clear()
    this.#shown = ''
  }

  #clock({ label, id = label, from }: Progress): RateClock {
    const known = this.#clocks.get(id)
    if (known !== undefined) return known
    const clock = new RateClock(from, performance.now())
    this.#clocks.set(id, clock)
    return clock
  }

  #clear(): void {
    if (this.#live && this.#shown !== '') this.#stream.write('\r\u001b[2K')
  }

  #draw(): void {
    if (!this.#live || this.#shown === '') return
    // A terminal that does not know its width says 0.
    this.#stream.write(this.#shown.slice(0, Math.max(20, (this.#stream.columns || 80) - 1)))
  }
}

/** `teach mt5 -> res  120/500 updates (24 %), 3.1/s, 2 min left, loss 2.31` */
function progressText({ label, done, total, unit, detail }: Progress, rate: number | undefined): string {
  const isBytes = unit === 'bytes'
  const amount = isBytes ? `${formatBytes(done)} of ${formatBytes(total)}` : `${done}/${total} ${unit}`
  const parts = [`${label}  ${amount} (${Math.floor((100 * done) / Math.max(1, total))} %)`]
  if (rate !== undefined) {
    parts.push(isBytes ? `${formatBytes(Math.round(rate))}/s` : formatRate(rate))
    if (done < total) parts.push(`${formatDuration((total - done) / rate)} left`)
  }
  if (detail !== undefined) parts.push(detail)
  return parts.join(', ')
}

/** Rate over the last half minute, so that a slow beginning does not spoil the estimate for long. */
class RateClock {
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
