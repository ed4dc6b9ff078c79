import stringWidth from 'string-width'
import { cutText } from '../fit/cut-text.ts'
import { wrapLine } from '../fit/wrap-line.ts'
import { ownErasing, ownUp, styles } from '../own-styles.ts'
import { isLiveTerminal, type Progress, ProgressLine } from '../progress-line.ts'
import { terminalWidth, usualWidth } from '../terminal-width.ts'
import { LossTrail } from './loss-trail.ts'
import { RateClock } from './rate-clock.ts'
import { type RunningRow, runningLine } from './running-line.ts'

/** What a list shows beside the steps that are under way. */
export interface ListedPlan {
  /** `[12/57]` */
  place(): string
  /** Steps that have not begun: how many, and labels of the next ones, at most so many. */
  waiting(most: number): { readonly count: number; readonly next: readonly string[] }
}

/** Steps that wait are shown in so many lines; the plan shows all of them. */
const mostWaiting = 8
const usualHeight = 24

/**
 * Tells how far a study is on a terminal: a list at its bottom that is written anew, of the steps under way, each with its bar,
 * rate, time left and loss, and of those that come next. What is said stays above it. It fits the terminal, whatever its size
 * becomes; where there is none it is a {@link ProgressLine}.
 */
export class PlanList extends ProgressLine {
  readonly #stream: NodeJS.WriteStream
  readonly #live: boolean
  readonly #running = new Map<string, RunningRow & { readonly clock: RateClock; readonly trail: LossTrail }>()
  #plan: ListedPlan | undefined
  #whole = ''
  /** Widths of the lines that stand there. */
  #drawn: readonly number[] = []
  #lastMs = Number.NEGATIVE_INFINITY
  readonly #onResize = (): void => this.#redraw()

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    super(stream)
    this.#stream = stream
    this.#live = isLiveTerminal(stream)
  }

  /** Whether a list is shown. */
  get isList(): boolean {
    return this.#live && this.#plan !== undefined
  }

  /** Shows a plan from now on. */
  follow(plan: ListedPlan): void {
    this.#plan = plan
    if (this.isList) this.#stream.on('resize', this.#onResize)
  }

  /** Takes the list away. */
  leave(): void {
    if (!this.isList) return
    this.#clear()
    this.#stream.off('resize', this.#onResize)
    this.#running.clear()
    this.#plan = undefined
  }

  override say(text: string): void {
    if (!this.isList) {
      super.say(text)
      return
    }
    this.#clear()
    const lines = text.split('\n').flatMap((line) => wrapLine(line, this.#width))
    this.#stream.write(`${lines.join('\n')}\n`)
    this.#draw()
  }

  override update(progress: Progress): void {
    if (!this.isList) {
      super.update(progress)
      return
    }
    const { id = progress.label, done, detail, whole } = progress
    const now = performance.now()
    const { clock, trail } = this.#running.get(id) ?? {
      clock: new RateClock(progress.from, now),
      trail: new LossTrail(),
    }
    trail.see(detail)
    this.#running.set(id, { progress, rate: clock.rate(done, now), trail, clock })
    this.#whole = whole ?? this.#whole
    if (now - this.#lastMs < 100) return
    this.#lastMs = now
    this.#redraw()
  }

  override end(id: string): void {
    if (!this.isList) {
      super.end(id)
      return
    }
    this.#running.delete(id)
    this.#redraw()
  }

  get #width(): number {
    return terminalWidth(this.#stream) ?? usualWidth
  }

  #redraw(): void {
    this.#clear()
    this.#draw()
  }

  /** A terminal that became narrower has broken lines in two. */
  #clear(): void {
    if (this.#drawn.length === 0) return
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.#width)), 0)
    this.#stream.write(`${ownErasing}${`${ownUp(1)}${ownErasing}`.repeat(rows - 1)}`)
    this.#drawn = []
  }

  #draw(): void {
    const lines = this.#lines()
    this.#drawn = lines.map((line) => stringWidth(line))
    this.#stream.write(lines.join('\n'))
  }

  #lines(): string[] {
    // A full line would move the cursor to the next, and a full screen would move what stands above.
    const room = this.#width - 1
    const height = Math.max(1, (this.#stream.rows || usualHeight) - 1)
    const head = cutText([this.#plan!.place(), this.#whole].filter((part) => part !== '').join('  '), room)
    const running = [...this.#running.values()].slice(0, height - 1)
    const labelWidth = Math.max(0, ...running.map(({ progress }) => stringWidth(progress.label)))
    const rows = running.map((row) => runningLine(row, room, Math.min(labelWidth, Math.floor(room * 0.45))))
    return [styles.dim(head), ...rows, ...this.#waitingLines(height - 1 - rows.length, room)]
  }

  #waitingLines(height: number, room: number): string[] {
    const { count, next } = this.#plan!.waiting(mostWaiting)
    const shown = count <= Math.min(height, mostWaiting) ? count : Math.min(height - 1, mostWaiting)
    if (shown <= 0 && count > 0) return height <= 0 ? [] : [styles.dim(cutText(`  … ${count} more`, room))]
    const lines = next.slice(0, shown).map((label) => cutText(`  ${label}`, room))
    const rest = count - shown
    return [...lines, ...(rest > 0 ? [cutText(`  … ${rest} more`, room)] : [])].map((line) => styles.dim(line))
  }
}
