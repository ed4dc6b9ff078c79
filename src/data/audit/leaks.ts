import { evenly } from '../../base/evenly.ts'
import { type Leak, Matches } from './matches.ts'
import { bands, forEachBucket, jaccard, maxTexts, shingleSet, signatureLength, writeSignature } from './minhash.ts'
import { type LeakSplit, UniqueTexts } from './unique-texts.ts'

export type { Leak } from './matches.ts'
export { type LeakSplit, normalForm } from './unique-texts.ts'

/** Told how far a piece of the work is; the label tells one piece from another. */
export type FindingProgress = (progress: {
  readonly label: string
  readonly done: number
  readonly total: number
  readonly unit: string
}) => void

interface LeakOptions {
  /** From which similarity on texts count as near-duplicates. @default 0.7 */
  readonly threshold?: number
  /** Examples for each pair of splits. @default 3 */
  readonly examples?: number
  /** How many texts are compared with one another; of more, a sample is. @default 2,097,152, the most */
  readonly most?: number
  readonly onProgress?: FindingProgress
  /** Told what was not compared, as there was too much of it. */
  readonly onNote?: (sentence: string) => void
}

/**
 * Finds rows that are in more than one split, of the same or of different tasks.
 *
 * Equal texts are found by their normal form; similar ones as candidates by MinHash, each confirmed by the exact
 * similarity. Empty texts never leak. About 230 bytes are held of each text, and 14 for each split.
 *
 * @returns an entry for every ordered pair of splits that share rows: how many of the test rows are in train is
 *   another number than how many of the train rows are in test
 */
export function findLeaks(splits: readonly LeakSplit[], options: LeakOptions = {}): Leak[] {
  const { threshold = 0.7, onProgress = () => {}, onNote = () => {} } = options
  const rows = splits.reduce((sum, { texts }) => sum + texts.length, 0)
  const tell = (label: string, done: number, total: number, unit = 'texts'): void =>
    onProgress({ label, done, total, unit })
  const texts = new UniqueTexts(splits, (done) => tell('look for equal rows', done, rows, 'rows'))
  const matches = new Matches(texts)
  const searched = searchedTexts(texts, Math.min(options.most ?? maxTexts, maxTexts))
  if (searched.length < texts.count) {
    onNote(
      `Similar rows were looked for among ${searched.length} of ${texts.count} different texts, all of the smaller ` +
        'splits and an even sample of the larger: there may be more of them',
    )
  }
  const signatures = new Uint8Array(searched.length * signatureLength)
  for (let i = 0; i < searched.length; i++) {
    writeSignature(texts.normalAt(searched[i]!), signatures, i)
    tell('read texts', i + 1, searched.length)
  }
  const search = new NearSearch(texts, matches, searched, signatures, threshold)
  let done = 0
  forEachBucket(
    signatures,
    (bucket) => search.bucket(bucket, (i) => tell('compare', Math.floor(done + i / bands), searched.length)),
    (band) => {
      done = Math.floor((band * searched.length) / bands)
      tell('compare', done, searched.length)
    },
  )
  const cut = search.cutShort()
  if (cut > 0) {
    onNote(
      `${cut === 1 ? '1 text is' : `${cut} different texts are`} so much like many others that ${cut === 1 ? 'it was' : 'they were'} compared with only some of these: ` +
        'more rows may be similar than are counted',
    )
  }
  return matches.leaks(options.examples ?? 3)
}

/** The texts to look for similar ones of: all, or those of the smallest splits and an even share of a larger one. */
function searchedTexts(texts: UniqueTexts, most: number): Int32Array {
  if (texts.count <= most) return Int32Array.from({ length: texts.count }, (_, text) => text)
  const chosen = new Uint8Array(texts.count)
  let left = most
  for (const numbers of texts.ofRows.toSorted((a, b) => a.length - b.length)) {
    const own = [...new Set(numbers)].filter((text) => text >= 0 && chosen[text] === 0)
    const taken = evenly(own.length, left)
    for (const place of taken) chosen[own[place]!] = 1
    left -= taken.length
  }
  return Int32Array.from({ length: most - left }).map(nextOf(chosen))
}

function nextOf(chosen: Uint8Array): () => number {
  let at = -1
  return () => {
    at = chosen.indexOf(1, at + 1)
    return at
  }
}

/** With how many texts of a split a text is compared in one bucket. */
const bucketReach = 100
/**
 * What looking for a text's partner in one split may cost in vain: estimates, and exact comparisons. After some of these it
 * only takes candidates that are likely to be similar, not all that could be.
 */
const mostEstimates = 250
const freeExact = 8
const mostExact = 16

/** Looks for partners of texts among those that are in the same bucket. */
class NearSearch {
  readonly #texts: UniqueTexts
  readonly #matches: Matches
  /** Number of a signature → text. */
  readonly #searched: Int32Array
  readonly #signatures: Uint8Array
  readonly #threshold: number
  readonly #shingles: ShingleCache
  readonly #compared: PairSet
  /** What has been spent, `[texts, splits]`. */
  readonly #estimates: Uint8Array
  readonly #exact: Uint8Array

  constructor(texts: UniqueTexts, matches: Matches, searched: Int32Array, signatures: Uint8Array, threshold: number) {
    this.#texts = texts
    this.#matches = matches
    this.#searched = searched
    this.#signatures = signatures
    this.#threshold = threshold
    this.#shingles = new ShingleCache((index) => texts.normalAt(searched[index]!))
    this.#compared = new PairSet(searched.length)
    this.#estimates = new Uint8Array(searched.length * texts.splits)
    this.#exact = new Uint8Array(searched.length * texts.splits)
  }

  /** @param onText told how many texts of the bucket have been compared */
  bucket(bucket: Int32Array, onText: (done: number) => void): void {
    const bySplit = Array.from({ length: this.#texts.splits }, (): number[] => [])
    for (const index of bucket) {
      const text = this.#searched[index]!
      for (let i = 0; i < this.#texts.splitsOf(text); i++) bySplit[this.#texts.splitAt(text, i)]!.push(index)
    }
    for (const [i, index] of bucket.entries()) {
      for (const [split, others] of bySplit.entries()) this.#findPartner(index, i, split, others)
      onText(i + 1)
    }
  }

  #findPartner(index: number, place: number, split: number, others: readonly number[]): void {
    const text = this.#searched[index]!
    const at = index * this.#texts.splits + split
    // A bucket of very many texts is one boilerplate: a few comparisons find a partner, or there is none.
    for (let step = 0; step < Math.min(others.length, bucketReach); step++) {
      if (this.#matches.has(text, split) || this.#estimates[at]! >= mostEstimates || this.#exact[at]! >= mostExact)
        return
      const other = others[(place + step) % others.length]!
      if (other === index) continue
      this.#estimates[at]!++
      // 128 values estimate 0.7 within 0.2 in all but one of a million cases, within 0.04 in two of three.
      if (this.#compare(index, other, this.#threshold - (this.#exact[at]! < freeExact ? 0.2 : 0.04))) this.#exact[at]!++
    }
  }

  /** Whether the texts have been compared exactly. */
  #compare(a: number, b: number, least: number): boolean {
    const left = this.#searched[a]!
    const right = this.#searched[b]!
    if (!this.#matches.couldAdd(left, right)) return false
    if (estimate(this.#signatures, a, b) < least || !this.#compared.add(a, b)) return false
    const similarity = jaccard(this.#shingles.of(a), this.#shingles.of(b))
    // Texts that differ may have the same shingles all the same; 1 is for equal texts.
    if (similarity >= this.#threshold) this.#matches.add(left, right, Math.min(similarity, 0.9999))
    return true
  }

  /** How many texts have no partner in a split that they were not compared with to the end. */
  cutShort(): number {
    let count = 0
    for (const [index, text] of this.#searched.entries()) {
      const isCut = (split: number): boolean => {
        const at = index * this.#texts.splits + split
        const isSpent = this.#estimates[at]! >= mostEstimates || this.#exact[at]! >= freeExact
        return isSpent && !this.#matches.has(text, split)
      }
      for (let split = 0; split < this.#texts.splits; split++) {
        if (!isCut(split)) continue
        count++
        break
      }
    }
    return count
  }
}

function estimate(signatures: Uint8Array, a: number, b: number): number {
  let equal = 0
  const left = a * signatureLength
  const right = b * signatureLength
  for (let i = 0; i < signatureLength; i++) if (signatures[left + i] === signatures[right + i]) equal++
  return equal / signatureLength
}

/** Sets of shingles of the texts compared last; a text is usually compared several times in a row. */
class ShingleCache {
  readonly #textAt: (index: number) => string
  readonly #sets = new Map<number, Uint32Array>()
  #values = 0

  constructor(textAt: (index: number) => string) {
    this.#textAt = textAt
  }

  of(index: number): Uint32Array {
    const known = this.#sets.get(index)
    if (known !== undefined) return known
    if (this.#sets.size > 2000 || this.#values > 16_000_000) {
      this.#sets.clear()
      this.#values = 0
    }
    const set = shingleSet(this.#textAt(index)).slice()
    this.#values += set.length
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
    if (this.#keys.size >= 1_000_000) this.#keys.clear()
    this.#keys.add(key)
    return true
  }
}
