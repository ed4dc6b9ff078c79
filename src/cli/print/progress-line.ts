import stringWidth from 'string-width'
import { formatDuration, formatRate } from './durations.ts'
import { cutText } from './fit/cut-text.ts'
import { wrapLine } from './fit/wrap-line.ts'
import { formatBytes } from './format-bytes.ts'
import { RateClock } from './live/rate-clock.ts'
import { ownErasing, visibleControls } from './own-styles.ts'
import { terminalWidth, usualWidth } from './terminal-width.ts'

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
  /** What is known of the whole that this is a piece of: it comes first and is never cut. */
  readonly whole?: string
}

/** Where no line is rewritten, work that is shorter than this says nothing. */
const shortMs = 3000
const betweenMs = 15_000

/** The first line where there is no terminal, until it is clear that the work is not short. */
interface HeldLine {
  readonly id: string
  readonly text: string
  readonly sinceMs: number
}

/**
 * Tells how far work is on standard error: on a terminal one line that is rewritten, elsewhere a plain line when something that is
 * not short has begun, and every quarter of a minute from then on.
 */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  readonly #live: boolean
  /** The longest text first, then what is left of it where there is less room. */
  #shown: readonly string[] = []
  #lastMs = Number.NEGATIVE_INFINITY
  readonly #clocks = new Map<string, RateClock>()
  #firstMs: number | undefined
  #held: HeldLine | undefined

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
    this.#live = isLiveTerminal(stream)
  }

  /** A line that stays. */
  say(text: string): void {
    this.#clear()
    const lines = this.#live ? text.split('\n').flatMap((line) => wrapLine(line, this.#width())) : [text]
    this.#stream.write(`${lines.join('\n')}\n`)
    this.#draw()
  }

  update(progress: Progress): void {
    const clock = this.#clock(progress)
    const now = performance.now()
    const rate = clock.rate(progress.done, now)
    if (!this.#live) this.#writeHeld(now)
    if (now - this.#lastMs < (this.#live ? 100 : betweenMs)) return
    this.#lastMs = now
    const texts = progressTexts(progress, rate).map(visibleControls)
    if (!this.#live) {
      const line = { id: progress.id ?? progress.label, text: texts[0]!, sinceMs: now }
      // A word on the work, such as that it goes on from what was saved, is worth a line however short it is.
      const isBare = progress.whole === undefined && progress.detail === undefined
      if (isBare) this.#writeOrHold(line)
      else this.#stream.write(`${line.text}\n`)
      return
    }
    this.#clear()
    this.#shown = texts
    this.#draw()
  }

  /** Forgets a piece of work, and takes its line away. */
  end(id: string): void {
    this.#clocks.delete(id)
    if (this.#held?.id === id) {
      this.#held = undefined
      this.#lastMs = Number.NEGATIVE_INFINITY
    }
    this.#clear()
    this.#shown = []
  }

  #writeOrHold(line: HeldLine): void {
    this.#firstMs ??= line.sinceMs
    if (line.sinceMs - this.#firstMs < betweenMs) this.#held = line
    else this.#stream.write(`${line.text}\n`)
  }

  #writeHeld(now: number): void {
    if (this.#held === undefined || now - this.#held.sinceMs < shortMs) return
    this.#stream.write(`${this.#held.text}\n`)
    this.#held = undefined
  }

  #clock({ label, id = label, from }: Progress): RateClock {
    const known = this.#clocks.get(id)
    if (known !== undefined) return known
    const clock = new RateClock(from, performance.now())
    this.#clocks.set(id, clock)
    return clock
  }

  #clear(): void {
    if (this.#live && this.#shown.length > 0) this.#stream.write(ownErasing)
  }

  #draw(): void {
    if (!this.#live || this.#shown.length === 0) return
    // A full line would move the cursor to the next.
    const room = this.#width() - 1
    const fitting = this.#shown.find((text) => stringWidth(text) <= room)
    this.#stream.write(fitting ?? cutText(this.#shown.at(-1)!, room))
  }

  #width(): number {
    return terminalWidth(this.#stream) ?? usualWidth
  }
}

/** Whether what stands on it can be written anew. */
export function isLiveTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/**
 * `study: 12 min left  teach mt5 -> res  120/500 updates (24 %), 3.1/s, 2 min left, loss 2.31`, and with less and less of it:
 * without the detail, the rate and the label.
 */
function progressTexts(progress: Progress, rate: number | undefined): string[] {
  const { label, done, total, unit, detail, whole } = progress
  const isBytes = unit === 'bytes'
  const share = `${Math.floor((100 * done) / Math.max(1, total))} %`
  const amount = isBytes ? `${formatBytes(done)} of ${formatBytes(total)}` : `${done}/${total} ${unit}`
  const speed = rate === undefined ? [] : [isBytes ? `${formatBytes(Math.round(rate))}/s` : formatRate(rate)]
  const left = rate === undefined || done >= total ? [] : [`${formatDuration((total - done) / rate)} left`]
  const first = whole === undefined ? [] : [whole]
  const spoken = (name: string, ...more: string[]): string =>
    [...first, ...[name].filter(Boolean), [`${amount} (${share})`, ...more].join(', ')].join('  ')
  const most = [...speed, ...left, ...(detail === undefined ? [] : [detail])]
  const texts = [spoken(label, ...most), spoken(label, ...speed, ...left), spoken(label, ...left), spoken(label)]
  return [...texts, [...first, label, share].join('  ')]
}
