import { createHash } from 'node:crypto'
import { forEachBucket, jaccard, shingleSet, signatureLength, writeSignature } from './minhash.ts'

/** The rows of one split of one task, as what the model reads. */
export interface LeakSplit {
  readonly task: string
  readonly split: string
  readonly texts: readonly string[]
}

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

interface LeakOptions {
  /** From which similarity on texts count as near-duplicates. @default 0.7 */
  readonly threshold?: number
  /** Examples for each pair of splits. @default 3 */
  readonly examples?: number
  /** Told how many texts are made ready to be compared. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Finds rows that are in more than one split, of the same or of different tasks.
 *
 * Equal texts are found by their normal form; similar ones as candidates by MinHash, each confirmed by the exact
 * similarity. Empty texts never leak.
 *
 * @returns an entry for every ordered pair of splits that share rows: how many of the test rows are in train is
 *   another number than how many of the train rows are in test
 */
export function findLeaks(splits: readonly LeakSplit[], options: LeakOptions = {}): Leak[] {
  const threshold = options.threshold ?? 0.7
  const texts = collectTexts(splits)
  const matches = new Matches(texts, splits.length)
  const signatures = new Uint32Array(texts.length * signatureLength)
  const normalAt = (text: number): string => {
    const { split, row } = texts[text]!.members[0]!
    return normalForm(splits[split]!.texts[row]!)
  }
  for (const i of texts.keys()) {
    writeSignature(normalAt(i), signatures, i)
    options.onProgress?.(i + 1, texts.length)
  }
  const shingles = new ShingleCache(normalAt)
  const compared = new PairSet(texts.length)
  const compare = (a: number, b: number): void => {
    if (!matches.couldAdd(a, b) || !compared.add(a, b)) return
    // 128 values estimate 0.7 within 0.2 in all but one of a million cases.
    if (estimate(signatures, a, b) < threshold - 0.2) return
    const similarity = jaccard(shingles.of(a), shingles.of(b))
    // Texts that differ may have the same shingles all the same; 1 is for equal texts.
    if (similarity >= threshold) matches.add(a, b, Math.min(similarity, 0.9999))
  }
  forEachBucket(signatures, (bucket) => {
    const bySplit = Array.from(splits, (): number[] => [])
    for (const text of bucket) for (const split of texts[text]!.firstRows.keys()) bySplit[split]!.push(text)
    for (const [i, text] of bucket.entries()) {
      for (const [split, others] of bySplit.entries()) {
        // A bucket of very many texts is one boilerplate: a few comparisons find a partner, or there is none.
        for (let step = 0; step < Math.min(others.length, bucketReach); step++) {
          if (matches.has(text, split)) break
          const other = others[(i + step) % others.length]!
          if (other !== text) compare(text, other)
        }
      }
    }
  })
  return matches.leaks(options.examples ?? 3)
}

/** With how many texts of a split a text is compared in one bucket. */
const bucketReach = 100

interface Member {
  readonly split: number
  readonly row: number
}

interface UniqueText {
  readonly members: readonly Member[]
  /** Split → the first row there that has the text. */
  readonly firstRows: ReadonlyMap<number, number>
}

/** The different texts of all splits in normal form, each with the rows that have it. */
function collectTexts(splits: readonly LeakSplit[]): UniqueText[] {
  const members = new Map<string, Member[]>()
  for (const [split, { texts }] of splits.entries()) {
    for (const [row, text] of texts.entries()) {
      const normal = normalForm(text)
      if (normal === '') continue
      const key = textKey(normal)
      const known = members.get(key)
      if (known === undefined) members.set(key, [{ split, row }])
      else known.push({ split, row })
    }
  }
  return [...members.values()].map((own) => {
    const firstRows = new Map<number, number>()
    for (const { split, row } of own) if (!firstRows.has(split)) firstRows.set(split, row)
    return { members: own, firstRows }
  })
}

/** What stands for a text where only equality counts: 16 bytes instead of a second copy of all texts. */
export function textKey(normal: string): string {
  return createHash('md5').update(normal).digest('binary')
}

/** What is compared of a text: case, width of characters and white space do not count. */
export function normalForm(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}

function estimate(signatures: Uint32Array, a: number, b: number): number {
  let equal = 0
  const left = a * signatureLength
  const right = b * signatureLength
  for (let i = 0; i < signatureLength; i++) if (signatures[left + i] === signatures[right + i]) equal++
  return equal / signatureLength
}

/** For each text and split the similarity of the best partner found there, and its row. */
class Matches {
  readonly #texts: readonly UniqueText[]
  readonly #splits: number
  /** [texts, splits]; 0 where nothing was found. */
  readonly #similarity: Float64Array
  readonly #partner: Int32Array

  constructor(texts: readonly UniqueText[], splits: number) {
    this.#texts = texts
    this.#splits = splits
    this.#similarity = new Float64Array(texts.length * splits)
    this.#partner = new Int32Array(texts.length * splits)
    for (const text of texts.keys()) this.#addPartners(text, text, 1)
  }

  add(a: number, b: number, similarity: number): void {
    this.#addPartners(a, b, similarity)
    this.#addPartners(b, a, similarity)
  }

  #addPartners(text: number, other: number, similarity: number): void {
    for (const [split, row] of this.#texts[other]!.firstRows) {
      const at = text * this.#splits + split
      if (this.#similarity[at]! >= similarity) continue
      this.#similarity[at] = similarity
      this.#partner[at] = row
    }
  }

  /** Whether a text has a partner in a split, or could have none but its own rows. */
  has(text: number, split: number): boolean {
    const own = this.#texts[text]!.firstRows
    return this.#similarity[text * this.#splits + split]! > 0 || (own.size === 1 && own.has(split))
  }

  /** Whether a match of these texts would add a partner in another split to one of them. */
  couldAdd(a: number, b: number): boolean {
    return this.#lacksPartner(a, b) || this.#lacksPartner(b, a)
  }

  #lacksPartner(text: number, other: number): boolean {
    for (const split of this.#texts[other]!.firstRows.keys()) if (!this.has(text, split)) return true
    return false
  }

  leaks(maxExamples: number): Leak[] {
    const found = Array.from({ length: this.#splits ** 2 }, (): LeakExample[] => [])
    for (const [text, { members }] of this.#texts.entries()) {
      for (let split = 0; split < this.#splits; split++) {
        const at = text * this.#splits + split
        const similarity = this.#similarity[at]!
        if (similarity === 0) continue
        for (const member of members) {
          if (member.split === split) continue
          found[member.split * this.#splits + split]!.push({ row: member.row, other: this.#partner[at]!, similarity })
        }
      }
    }
    return found.flatMap((rows, pair) => {
      if (rows.length === 0) return []
      rows.sort((a, b) => a.row - b.row)
      return {
        of: Math.floor(pair / this.#splits),
        in: pair % this.#splits,
        exact: rows.filter(({ similarity }) => similarity === 1).map(({ row }) => row),
        near: rows.filter(({ similarity }) => similarity < 1).map(({ row }) => row),
        examples: [...rows].sort((a, b) => b.similarity - a.similarity || a.row - b.row).slice(0, maxExamples),
      }
    })
  }
}

/** Sets of shingles of the texts compared last; a text is usually compared several times in a row. */
class ShingleCache {
  readonly #textAt: (index: number) => string
  readonly #sets = new Map<number, Uint32Array>()

  constructor(textAt: (index: number) => string) {
    this.#textAt = textAt
  }

  of(index: number): Uint32Array {
    const known = this.#sets.get(index)
    if (known !== undefined) return known
    if (this.#sets.size > 2000) this.#sets.clear()
    const set = shingleSet(this.#textAt(index))
    this.#sets.set(index, set)
    return set
  }
}

/** Pairs of texts that were compared; when there are too many it forgets them, which costs time only. */
class PairSet {
  readonly #texts: number
  readonly #keys = new Set<number>()

  constructor(texts: number) {
    this.#texts = texts
  }

  /** Adds a pair; `false` when it was there. */
  add(a: number, b: number): boolean {
    const key = Math.min(a, b) * this.#texts + Math.max(a, b)
    if (this.#keys.has(key)) return false
    if (this.#keys.size >= 4_000_000) this.#keys.clear()
    this.#keys.add(key)
    return true
  }
}
