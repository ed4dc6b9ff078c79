/** The losses of a lesson so far, as a line of blocks that is as long as there is room. */
export class LossTrail {
  /** Means of `#each` losses, the last of as many as there are. */
  #means: { sum: number; count: number }[] = []
  #each = 1

  /** @param detail such as `loss 2.31`; any other is passed over */
  see(detail: string | undefined): void {
    const loss = Number(/^loss (\S+)$/u.exec(detail ?? '')?.[1] ?? Number.NaN)
    if (!Number.isFinite(loss)) return
    const last = this.#means.at(-1)
    if (last !== undefined && last.count < this.#each) {
      last.sum += loss
      last.count++
    } else this.#means.push({ sum: loss, count: 1 })
    if (this.#means.length > mostMeans) this.#halve()
  }

  /** `█▆▄▂▁`: from the first loss to the last, between the lowest and the highest of them. */
  blocks(width: number): string {
    const values = spread(
      this.#means.map(({ sum, count }) => sum / count),
      width,
    )
    const [low, high] = [Math.min(...values), Math.max(...values)]
    if (values.length < 2 || high === low) return ''
    return values.map((value) => signs[Math.round(((value - low) / (high - low)) * (signs.length - 1))]).join('')
  }

  #halve(): void {
    this.#each *= 2
    const halved: { sum: number; count: number }[] = []
    for (let at = 0; at < this.#means.length; at += 2) {
      const [a, b] = [this.#means[at]!, this.#means[at + 1]]
      halved.push({ sum: a.sum + (b?.sum ?? 0), count: a.count + (b?.count ?? 0) })
    }
    this.#means = halved
  }
}

const mostMeans = 64
const signs = [...'▁▂▃▄▅▆▇█']

/** At most so many values, each the mean of those in its place. */
function spread(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values]
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * values.length) / count)
    const part = values.slice(from, Math.floor(((at + 1) * values.length) / count))
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}
