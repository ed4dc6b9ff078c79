import {
  allReferences,
  checkTexts,
  emptyStatistics,
  referenceCount,
  referencesOf,
  scoringTexts,
  sumRows,
} from './example-statistics.ts'
import type {
  ExampleStatistics,
  Metric,
  MetricReport,
  ReferenceCount,
  TextMetricKind,
  TextReferences,
} from './metric.ts'
import { sacrebleuVersion } from './sacrebleu-version.ts'
import { formatFixed } from './text/format-fixed.ts'
import { splitWords } from './text/python-text.ts'
import { StringIds } from './text/string-ids.ts'
import { type TercomOptions, tercomText } from './text/tercom-text.ts'
import { isChinese } from './unspaced.ts'

/**
 * Translation edit rate: the words to insert, delete, replace, and the blocks of words to move, until the answer is the
 * reference, by the reference's words.
 *
 *   TER = 100 · edits / words of the reference (mean over an example's references)
 *
 * Of several references the one with the fewest edits counts, example by example. Without a word in the references TER is
 * 100 if the answers have any, else 0.
 *
 * Source: Snover et al. 2006, with the choices of Tercom as sacreBLEU 2.6.0's `TER` has them (goldens: ter.jsonl).
 */
export const terKind = {
  name: 'ter',
  title: 'TER',
  answers: 'texts',
  options: [
    { name: 'normalized', type: 'switch', default: false, help: 'cut marks from words and resolve entities' },
    { name: 'noPunct', type: 'switch', default: false, help: 'leave out punctuation' },
    {
      name: 'asianSupport',
      type: 'switch',
      default: false,
      help: 'cut or leave out East Asian characters and marks too, beside one of the other two',
    },
    { name: 'caseSensitive', type: 'switch', default: false, help: 'heed case' },
  ],
  usual: ['ter'],
  lowIsBetter: ['ter'],
  sentences: {},
  make: terMetric,
  report: terReport,
} as const satisfies TextMetricKind

function terMetric(options: TercomOptions & { readonly references?: ReferenceCount }): Metric {
  const references = options.references ?? 1
  return scoringTexts({
    references,
    name: 'ter',
    signature: terSignature(options, references),
    fields: ['ter'],
    best: 100,
    statistics: (predictions, lists) => terStatistics(predictions, lists, options),
    scoreSums: (sums) => ({ ter: terOfSums(sums) }),
    warnings: (_, ...lists) => unspacedWarning(lists, options),
  })
}

function terReport(predictions: readonly string[], references: TextReferences, options: TercomOptions): MetricReport {
  const signature = terSignature(options, referenceCount(references))
  const sums = sumRows(terStatistics(predictions, references, options))
  const score = terOfSums(sums)
  return {
    json: { score, num_edits: sums[0]!, ref_length: sums[1]!, signature },
    lines: [`TER = ${formatFixed(score, 2)}`, `  ${signature}`],
    warnings: unspacedWarning(references, options),
  }
}

/** `nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0`, letter for letter sacreBLEU's. */
function terSignature(
  { normalized, noPunct, asianSupport, caseSensitive }: TercomOptions,
  references: ReferenceCount,
): string {
  return [
    `nrefs:${references}`,
    `case:${caseSensitive ? 'mixed' : 'lc'}`,
    'tok:tercom',
    `norm:${normalized ? 'yes' : 'no'}`,
    `punct:${noPunct ? 'no' : 'yes'}`,
    `asian:${asianSupport ? 'yes' : 'no'}`,
    `version:${sacrebleuVersion}`,
  ].join('|')
}

function terOfSums(sums: Float64Array): number {
  const [edits, length] = [sums[0]!, sums[1]!]
  if (length > 0) return (100 * edits) / length
  return edits > 0 ? 100 : 0
}

/** Per example: edits, and the references' mean length in words. */
function terStatistics(
  predictions: readonly string[],
  references: TextReferences,
  options: TercomOptions,
): ExampleStatistics {
  checkTexts(predictions, references)
  const encode = wordEncoder(options)
  const statistics = emptyStatistics(predictions.length, 2)
  for (const [row, prediction] of predictions.entries()) {
    const words = encode(prediction, 1)
    let fewest = Number.POSITIVE_INFINITY
    let length = 0
    const texts = referencesOf(references, row)
    for (const text of texts) {
      const wanted = encode(text, 2)
      fewest = Math.min(fewest, editsOf(words, wanted))
      length += wanted.length
    }
    statistics.values.set([fewest, length / texts.length], 2 * row)
  }
  return statistics
}

function unspacedWarning(references: TextReferences, options: TercomOptions): string[] {
  if ((options.normalized && options.asianSupport) || !isChinese(allReferences(references))) return []
  return ['Chinese has no spaces between words, so that TER takes clauses for words: normalize with Asian support']
}

/** Words by number. sacreBLEU prepares references twice, which cuts a few marks further. */
function wordEncoder(options: TercomOptions): (text: string, times: 1 | 2) => Int32Array {
  const ids = new StringIds()
  return (text, times) => {
    const once = splitWords(tercomText(text, options))
    const words = times === 1 ? once : splitWords(tercomText(once.join(' '), options))
    return Int32Array.from(words, (word) => ids.idOf(word))
  }
}

const maxShiftSize = 10
const maxShiftDistance = 50
const maxShiftCandidates = 1000
const beamWidth = 25

/** Edits of the words into the reference: blocks are moved as long as the best move saves edits, each for one edit. */
function editsOf(words: Int32Array, reference: Int32Array): number {
  if (reference.length === 0) return words.length
  const distances = new EditDistances(words.length, reference)
  let current = words
  let checked = 0
  for (let shifts = 0; ; shifts++) {
    const edits = distances.start(current)
    const shift = bestShift(current, reference, distances, checked)
    checked = shift.checked
    if (checked >= maxShiftCandidates || shift.saved <= 0) return shifts + edits
    current = shift.words
  }
}

/** A block of words that stands in the reference too. */
interface Block {
  readonly from: number
  readonly length: number
  /** Where it begins in the reference. */
  readonly at: number
}

interface Shift {
  readonly saved: number
  readonly words: Int32Array
  /** Candidates that were looked at in all. */
  readonly checked: number
}

/** The move that saves most; of equal ones the longest, then the earliest, then the one to the earliest place. */
function bestShift(words: Int32Array, reference: Int32Array, distances: EditDistances, checkedBefore: number): Shift {
  const alignment = distances.alignment()
  const candidate = new Int32Array(words.length)
  let checked = checkedBefore
  let best: { rank: readonly number[]; words: Int32Array } | undefined
  for (const block of movableBlocks(words, reference, alignment)) {
    const { from, length } = block
    for (const to of placesFor(block, alignment)) {
      moveBlock(words, from, length, to, candidate)
      const saved = alignment.edits - distances.of(candidate, Math.min(from, to))
      checked++
      const rank = [saved, length, -from, -to]
      if (best === undefined || isAbove(rank, best.rank)) best = { rank, words: candidate.slice() }
    }
    if (checked >= maxShiftCandidates) break
  }
  return { saved: best?.rank[0] ?? 0, words: best?.words ?? words, checked }
}

function isAbove(rank: readonly number[], other: readonly number[]): boolean {
  const differing = rank.findIndex((value, i) => value !== other[i])
  return differing !== -1 && rank[differing]! > other[differing]!
}

/** Blocks of which something is wrong, as is what stands in their place; none is moved within itself. */
function* movableBlocks(
  words: Int32Array,
  reference: Int32Array,
  { align, wordErrors, referenceErrors }: Alignment,
): Iterable<Block> {
  for (let from = 0; from < words.length; from++) {
    const most = Math.min(reference.length - 1, from + maxShiftDistance)
    for (let at = Math.max(0, from - maxShiftDistance); at <= most; at++) {
      const longest = Math.min(maxShiftSize, words.length - from, reference.length - at)
      let wordsWrong = false
      let referenceWrong = false
      for (let length = 1; length <= longest && words[from + length - 1] === reference[at + length - 1]; length++) {
        wordsWrong ||= wordErrors[from + length - 1] === 1
        referenceWrong ||= referenceErrors[at + length - 1] === 1
        const isWithin = from <= align[at]! && align[at]! < from + length
        if (wordsWrong && referenceWrong && !isWithin) yield { from, at, length }
      }
    }
  }
}

/** Places behind the words that stand where the block, or the word before it, stands in the reference. */
function* placesFor({ at, length }: Block, { align }: Alignment): Iterable<number> {
  let before = -1
  for (let offset = at - 1; offset < at + length; offset++) {
    const to = offset === -1 ? 0 : align[offset]! + 1
    if (to !== before) yield to
    before = to
  }
}

/** Writes the words with a block moved before the place `to`; a place within the block counts from the block's end. */
function moveBlock(words: Int32Array, from: number, length: number, to: number, into: Int32Array): void {
  const end = from + length
  const behind = to > end ? to : Math.min(words.length, to + length)
  into.set(words)
  if (to < from) {
    into.copyWithin(to + length, to, from)
    into.set(words.subarray(from, end), to)
  } else {
    into.set(words.subarray(end, behind), from)
    into.set(words.subarray(from, end), from + behind - end)
  }
}

interface Alignment {
  /** By place in the reference: the word that stands there, or the last one before. */
  readonly align: Int32Array
  /** 1 for words that are removed or replaced, and for the reference's that are inserted or replace one. */
  readonly wordErrors: Uint8Array
  readonly referenceErrors: Uint8Array
  readonly edits: number
}

const [undefinedOp, insert, remove, replace, keep] = [0, 1, 2, 3, 4]
const infinite = 1e9

/**
 * Edit distances from texts of one length to a reference, near the diagonal only. What a candidate has in common with
 * the text that it was made from is not computed again.
 */
class EditDistances {
  readonly #count: number
  readonly #reference: Int32Array
  readonly #width: number
  // Row i: costs and last edits of the first i words against the reference's first j.
  readonly #costs: Int32Array
  readonly #ops: Uint8Array
  readonly #scratch: readonly [Int32Array, Int32Array]
  readonly #ratio: number
  readonly #beam: number

  constructor(count: number, reference: Int32Array) {
    this.#count = count
    this.#reference = reference
    this.#width = reference.length + 1
    this.#costs = new Int32Array((count + 1) * this.#width)
    this.#ops = new Uint8Array((count + 1) * this.#width)
    this.#scratch = [new Int32Array(this.#width), new Int32Array(this.#width)]
    this.#ratio = count === 0 ? 1 : reference.length / count
    this.#beam = beamWidth < this.#ratio / 2 ? Math.ceil(this.#ratio / 2 + beamWidth) : beamWidth
    for (let j = 0; j < this.#width; j++) {
      this.#costs[j] = j
      this.#ops[j] = insert
    }
  }

  /** The distance of a text, which `alignment` and `of` refer to from then on. */
  start(words: Int32Array): number {
    const width = this.#width
    for (let i = 1; i <= this.#count; i++) {
      const before = this.#costs.subarray((i - 1) * width, i * width)
      const here = this.#costs.subarray(i * width, (i + 1) * width)
      this.#row(i, words[i - 1]!, before, here, this.#ops.subarray(i * width, (i + 1) * width))
    }
    return this.#costs[this.#costs.length - 1]!
  }

  /** The distance of another text that begins with as many of the same words. */
  of(words: Int32Array, same: number): number {
    let before = this.#costs.subarray(same * this.#width, (same + 1) * this.#width)
    for (let i = same + 1; i <= this.#count; i++) {
      const here = this.#scratch[i % 2]!
      this.#row(i, words[i - 1]!, before, here)
      before = here
    }
    return before[this.#width - 1]!
  }

  /** How the text that was started with stands to the reference. */
  alignment(): Alignment {
    const [words, references] = [this.#count, this.#width - 1]
    const align = new Int32Array(references)
    const wordErrors = new Uint8Array(words)
    const referenceErrors = new Uint8Array(references)
    let [i, j] = [words, references]
    while (i > 0 || j > 0) {
      const op = this.#ops[i * this.#width + j]!
      if (op === undefinedOp) throw new Error('The beam has lost the way')
      if (op !== insert) i--
      if (op !== remove) j--
      if (op !== remove) align[j] = op === insert ? i - 1 : i
      if (op !== insert) wordErrors[i] = op === keep ? 0 : 1
      if (op !== remove) referenceErrors[j] = op === keep ? 0 : 1
    }
    return { align, wordErrors, referenceErrors, edits: this.#costs[this.#costs.length - 1]! }
  }

  #row(i: number, word: number, before: Int32Array, here: Int32Array, ops?: Uint8Array): void {
    const diagonal = Math.floor(i * this.#ratio)
    const from = Math.max(0, diagonal - this.#beam)
    const to = i === this.#count ? this.#width : Math.min(this.#width, diagonal + this.#beam)
    here.fill(infinite)
    ops?.fill(undefinedOp)
    for (let j = from; j < to; j++) {
      if (j === 0) {
        here[0] = before[0]! + 1
        if (ops) ops[0] = remove
        continue
      }
      const same = word === this.#reference[j - 1]
      let cost = infinite
      let op = undefinedOp
      const replaced = before[j - 1]! + (same ? 0 : 1)
      if (replaced < cost) [cost, op] = [replaced, same ? keep : replace]
      const removed = before[j]! + 1
      if (removed < cost) [cost, op] = [removed, remove]
      const inserted = here[j - 1]! + 1
      if (inserted < cost) [cost, op] = [inserted, insert]
      here[j] = cost
      if (ops) ops[j] = op
    }
  }
}
