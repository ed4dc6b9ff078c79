import type { UniqueTexts } from './unique-texts.ts'

/** Rows of one split that are in another, exactly or nearly. */
export interface Leak {
  /** The split whose rows are counted, as an index into the splits. */
  readonly of: number
  /** The split that has them as well. */
  readonly in: number
  /** Rows of `of` whose text is in `in`, but for case, width of characters and white space. */
  readonly exact: readonly number[]
  /** Rows of `of` with a similar text in `in` and no equal one. */
  readonly near: readonly number[]
  /** Some of them: the row in `of`, the row in `in`, and their similarity. */
  readonly examples: readonly LeakExample[]
}

export interface LeakExample {
  readonly row: number
  readonly other: number
  /** Jaccard similarity of the texts' runs of 5 characters; 1 for an exact one. */
  readonly similarity: number
}

/** For each text and split the similarity of the best partner found there, and its row. */
export class Matches {
  readonly #texts: UniqueTexts
  readonly #splits: number
  /** [texts, splits]; 0 where nothing was found. */
  readonly #similarity: Float64Array
  readonly #partner: Int32Array

  constructor(texts: UniqueTexts) {
    this.#texts = texts
    this.#splits = texts.splits
    this.#similarity = new Float64Array(texts.count * this.#splits)
    this.#partner = new Int32Array(texts.count * this.#splits)
    for (let text = 0; text < texts.count; text++) this.#addPartners(text, text, 1)
  }

  add(a: number, b: number, similarity: number): void {
    this.#addPartners(a, b, similarity)
    this.#addPartners(b, a, similarity)
  }

  #addPartners(text: number, other: number, similarity: number): void {
    for (let i = 0; i < this.#texts.splitsOf(other); i++) {
      const at = text * this.#splits + this.#texts.splitAt(other, i)
      if (this.#similarity[at]! >= similarity) continue
      this.#similarity[at] = similarity
      this.#partner[at] = this.#texts.rowAt(other, i)
    }
  }

  /** Whether a text has a partner in a split, or could have none but its own rows. */
  has(text: number, split: number): boolean {
    if (this.#similarity[text * this.#splits + split]! > 0) return true
    return this.#texts.splitsOf(text) === 1 && this.#texts.splitAt(text, 0) === split
  }

  /** Whether a match of these texts would add a partner in another split to one of them. */
  couldAdd(a: number, b: number): boolean {
    return this.#lacksPartner(a, b) || this.#lacksPartner(b, a)
  }

  #lacksPartner(text: number, other: number): boolean {
    for (let i = 0; i < this.#texts.splitsOf(other); i++) {
      if (!this.has(text, this.#texts.splitAt(other, i))) return true
    }
    return false
  }

  /** @param maxExamples of each pair of splits */
  leaks(maxExamples: number): Leak[] {
    const leaks: Leak[] = []
    for (let of = 0; of < this.#splits; of++) {
      for (let other = 0; other < this.#splits; other++) {
        const leak = of === other ? undefined : this.#leak(of, other, maxExamples)
        if (leak !== undefined) leaks.push(leak)
      }
    }
    return leaks
  }

  #leak(of: number, other: number, maxExamples: number): Leak | undefined {
    const exact: number[] = []
    const near: number[] = []
    let examples: LeakExample[] = []
    for (const [row, text] of this.#texts.ofRows[of]!.entries()) {
      const at = text * this.#splits + other
      const similarity = text < 0 ? 0 : this.#similarity[at]!
      if (similarity === 0) continue
      if (similarity === 1) exact.push(row)
      else near.push(row)
      if (examples.length === maxExamples && similarity <= (examples.at(-1)?.similarity ?? 1)) continue
      examples.push({ row, other: this.#partner[at]!, similarity })
      examples = examples.sort((a, b) => b.similarity - a.similarity || a.row - b.row).slice(0, maxExamples)
    }
    return exact.length + near.length === 0 ? undefined : { of, in: other, exact, near, examples }
  }
}
