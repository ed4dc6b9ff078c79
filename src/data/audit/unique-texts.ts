import type { Rows } from '../../base/bounds/spooled-rows.ts'
import { DigestNumbers } from './digest-numbers.ts'

/** The rows of one split of one task, as what the model reads. */
export interface LeakSplit {
  readonly task: string
  readonly split: string
  readonly texts: Rows<string>
}

/** The different texts of all splits in normal form, numbered by the order in which they come first; empty ones are none. */
export class UniqueTexts {
  readonly count: number
  readonly splits: number
  /** Of each split the number of each row's text; -1 for an empty one. */
  readonly ofRows: readonly Int32Array[]
  /** Where a text's first rows begin, `[count + 1]`. */
  readonly #starts: Int32Array
  readonly #firstSplits: Uint16Array
  readonly #firstRows: Int32Array
  readonly #textAt: (split: number, row: number) => string

  /** @param onRow told how many rows have been looked at */
  constructor(splits: readonly LeakSplit[], onRow: (done: number) => void) {
    const digests = new DigestNumbers()
    let done = 0
    this.ofRows = splits.map(({ texts }) => {
      const numbers = new Int32Array(texts.length)
      let row = 0
      for (const text of texts) {
        const normal = normalForm(text)
        numbers[row++] = normal === '' ? -1 : digests.add(normal).number
        onRow(++done)
      }
      return numbers
    })
    this.count = digests.count
    this.splits = splits.length
    this.#starts = new Int32Array(this.count + 1)
    this.#forEachFirst((text) => this.#starts[text + 1]!++)
    for (let text = 0; text < this.count; text++) this.#starts[text + 1]! += this.#starts[text]!
    const next = this.#starts.slice()
    this.#firstSplits = new Uint16Array(this.#starts[this.count]!)
    this.#firstRows = new Int32Array(this.#starts[this.count]!)
    this.#forEachFirst((text, split, row) => {
      this.#firstSplits[next[text]!] = split
      this.#firstRows[next[text]!++] = row
    })
    this.#textAt = (split, row) => splits[split]!.texts.at(row)!
  }

  normalAt(text: number): string {
    const at = this.#starts[text]!
    return normalForm(this.#textAt(this.#firstSplits[at]!, this.#firstRows[at]!))
  }

  /** In how many splits a text is. */
  splitsOf(text: number): number {
    return this.#starts[text + 1]! - this.#starts[text]!
  }

  /** One of the splits that a text is in, in order. */
  splitAt(text: number, index: number): number {
    return this.#firstSplits[this.#starts[text]! + index]!
  }

  /** The first row that a text has in the split of that index. */
  rowAt(text: number, index: number): number {
    return this.#firstRows[this.#starts[text]! + index]!
  }

  /** Calls back with the first row of each text in each split. */
  #forEachFirst(visit: (text: number, split: number, row: number) => void): void {
    const last = new Int32Array(this.count).fill(-1)
    for (const [split, numbers] of this.ofRows.entries()) {
      for (let row = 0; row < numbers.length; row++) {
        const text = numbers[row]!
        if (text < 0 || last[text] === split) continue
        last[text] = split
        visit(text, split, row)
      }
    }
  }
}

/** What is compared of a text: case, width of characters and white space do not count. */
export function normalForm(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}
