import { type SeriesStyle, seriesStyle } from '../../report/charts/series-style.ts'

/** Lessons that are shown at once; of more those go first that are no longer at work, as nothing more would come of them. */
const mostLessons = 12

/** Which lessons have a curve, and what each looks like. */
export class ShownLessons {
  readonly #styles = new Map<string, SeriesStyle>()
  #running: ReadonlySet<string> = new Set()
  #count = 0

  /** @param running lessons at work, all of which stay */
  keep(running: ReadonlySet<string>): void {
    this.#running = running
  }

  /** The look of a lesson, and whose curves make room for it where it is a new one. */
  show(key: string): { readonly style: SeriesStyle; readonly gone: readonly string[] } {
    const known = this.#styles.get(key)
    if (known !== undefined) return { style: known, gone: [] }
    const style = seriesStyle(this.#count++)
    const over = this.#styles.size + 1 - mostLessons
    const gone = [...this.#styles.keys()].filter((other) => !this.#running.has(other)).slice(0, Math.max(0, over))
    for (const other of gone) this.#styles.delete(other)
    this.#styles.set(key, style)
    return { style, gone }
  }
}
