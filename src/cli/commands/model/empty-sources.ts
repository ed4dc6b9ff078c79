import { plural } from '../../../base/plural.ts'

/** Remembers which rows have no source: what is answered to them rests on nothing, and nobody would see it in the answers. */
export class EmptySources {
  readonly #shown: string[] = []
  #count = 0

  /** @param id what the row is called; @param source not a text where whoever answers will say so */
  see(source: string | undefined, id: string | number): void {
    if (typeof source !== 'string' || source.trim() !== '') return
    this.#count += 1
    if (this.#shown.length < mostShown) this.#shown.push(String(id))
  }

  /** Rows as they are, each looked at on the way and called by its number. */
  async *passing<Row extends { readonly source: string }>(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
    let number = 0
    for await (const row of rows) {
      this.see(row.source, ++number)
      yield row
    }
  }

  /** `2 rows have an empty source, so that their answers say nothing: 3, 7`, where any has. */
  notes(): string[] {
    if (this.#count === 0) return []
    const more = this.#count > mostShown ? ` and ${this.#count - mostShown} more` : ''
    const [have, answers] = this.#count === 1 ? ['has', 'its answer says'] : ['have', 'their answers say']
    return [
      `${plural(this.#count, 'row')} ${have} an empty source, so that ${answers} nothing: ${this.#shown.join(', ')}${more}`,
    ]
  }
}

const mostShown = 10
