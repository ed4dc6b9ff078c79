import { plural } from '../base/plural.ts'
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
import { refuseOptions } from './refuse-options.ts'
import { NgramTable } from './text/ngram-table.ts'
import { porterStem } from './text/porter-stemmer.ts'
import { lower, strip } from './text/python-text.ts'
import { StringIds } from './text/string-ids.ts'

export interface RougeOptions {
  /** Compare stems (Porter) of words longer than three letters. @default false */
  readonly stemmer?: boolean
}

/** The four kinds, in the order of the statistics. */
export const rougeKinds = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'] as const
export type RougeKind = (typeof rougeKinds)[number]

/** Shares of 1. */
export interface RougeScore {
  readonly precision: number
  readonly recall: number
  readonly fmeasure: number
}

export interface RougeScores extends Readonly<Record<RougeKind, RougeScore>> {
  readonly signature: string
  /** Set when texts have nothing that ROUGE can see, as their 0 says nothing about them. */
  readonly warnings: readonly string[]
}

/**
 * Mean ROUGE-1, -2, -L and -Lsum over all examples.
 *
 * Tokens are runs of a-z and 0-9 after lowering, nothing else: a Chinese text has none, which `warnings` tells.
 * Sentences of Lsum are lines. Of several references the one with the best F counts, kind by kind.
 *
 * @throws {RangeError} if nothing is given or the lists are of unlike length
 * Source: Lin 2004, as in rouge_score 0.1.2's `RougeScorer` (goldens: rouge.json).
 */
export function rougeScores(
  predictions: readonly string[],
  references: TextReferences,
  options: RougeOptions = {},
): RougeScores {
  const statistics = rougeStatistics(predictions, references, options)
  const means = sumRows(statistics).map((sum) => sum / statistics.rows)
  return {
    ...(Object.fromEntries(rougeKinds.map((kind, k) => [kind, scoreAt(means, 3 * k)])) as Record<
      RougeKind,
      RougeScore
    >),
    signature: rougeSignature(options, referenceCount(references)),
    warnings: invisibleTextWarnings(predictions, references),
  }
}

/** ROUGE as a `Metric` whose fields are the mean F of each kind; the statistics hold precision and recall too. */
export function rougeMetric(options: RougeOptions & { readonly references?: ReferenceCount } = {}): Metric {
  refuseOptions(options, rougeKind)
  const references = options.references ?? 1
  return scoringTexts({
    references,
    name: 'rouge',
    signature: rougeSignature(options, references),
    fields: rougeKinds,
    best: 1,
    statistics: (predictions, lists) => rougeStatistics(predictions, lists, options),
    scoreSums: (sums, examples) => Object.fromEntries(rougeKinds.map((kind, k) => [kind, sums[3 * k + 2]! / examples])),
    warnings: (predictions, ...lists) => invisibleTextWarnings(predictions, lists),
  })
}

/** ROUGE as studies, `score` and `compare` offer it. */
export const rougeKind = {
  name: 'rouge',
  title: 'ROUGE',
  answers: 'texts',
  options: [{ name: 'stemmer', type: 'switch', help: 'compare Porter stems', inStudy: 'compare word stems' }],
  usual: ['rougeL', 'rouge1', 'rouge2'],
  byDefault: true,
  make: rougeMetric,
  report: rougeReport,
} as const satisfies TextMetricKind

function rougeReport(predictions: readonly string[], references: TextReferences, options: RougeOptions): MetricReport {
  const { signature, warnings, ...scores } = rougeScores(predictions, references, options)
  const rows = rougeKinds.map((kind) => {
    const { precision, recall, fmeasure } = scores[kind]
    return [kind, ...[precision, recall, fmeasure].map((share) => share.toFixed(4))]
  })
  return {
    json: { ...scores, signature },
    lines: [[['', 'precision', 'recall', 'F'], ...rows], `  ${signature}`],
    warnings,
  }
}

function scoreAt(values: Float64Array, at: number): RougeScore {
  return { precision: values[at]!, recall: values[at + 1]!, fmeasure: values[at + 2]! }
}

function rougeSignature({ stemmer = false }: RougeOptions, references: ReferenceCount): string {
  return `nrefs:${references}|case:lc|stem:${stemmer ? 'porter' : 'no'}|tok:a-z0-9|version:rouge_score-0.1.2`
}

/** Per example: precision, recall and F of each kind. */
function rougeStatistics(
  predictions: readonly string[],
  references: TextReferences,
  options: RougeOptions,
): ExampleStatistics {
  checkTexts(predictions, references)
  refuseOptions(options, rougeKind)
  const statistics = emptyStatistics(predictions.length, 3 * rougeKinds.length)
  const { values, width } = statistics
  const scorer = new PairScorer(options)
  const candidate = new Float64Array(width)
  for (let row = 0; row < predictions.length; row++) {
    const at = row * width
    referencesOf(references, row).forEach((reference, r) => {
      scorer.score(reference, predictions[row]!, candidate)
      for (let k = 0; k < width; k += 3) {
        if (r === 0 || candidate[k + 2]! > values[at + k + 2]!) values.set(candidate.subarray(k, k + 3), at + k)
      }
    })
  }
  return statistics
}

class PairScorer {
  readonly #ids = new StringIds()
  readonly #stems = new Map<string, string>()
  readonly #stemmer: boolean
  readonly #table = new NgramTable()
  readonly #matches = new Float64Array(2)

  constructor({ stemmer = false }: RougeOptions) {
    this.#stemmer = stemmer
  }

  score(reference: string, prediction: string, into: Float64Array): void {
    const wanted = this.#encode(reference)
    const found = this.#encode(prediction)
    this.#table.clear()
    this.#table.add(wanted, 2)
    this.#matches.fill(0)
    this.#table.match(found, 2, this.#matches, 0)
    for (let n = 0; n < 2; n++) {
      setScore(into, 3 * n, this.#matches[n]!, Math.max(1, found.length - n), Math.max(1, wanted.length - n))
    }
    const common = wanted.length === 0 || found.length === 0 ? 0 : lcsLength(wanted, found)
    setScore(into, 6, common, Math.max(1, found.length), Math.max(1, wanted.length))
    const wantedLines = lines(reference)
    const foundLines = lines(prediction)
    // With one line on each side the union of one common subsequence is that subsequence.
    const union =
      common === 0 || (wantedLines.length === 1 && foundLines.length === 1)
        ? common
        : this.#unionHits(wantedLines, foundLines)
    setScore(into, 9, union, Math.max(1, found.length), Math.max(1, wanted.length))
  }

  /** Tokens of the reference's lines in the union of common subsequences with the prediction's lines, each used once. */
  #unionHits(wantedLines: readonly string[], foundLines: readonly string[]): number {
    const wanted = wantedLines.map((line) => this.#encode(line))
    const found = foundLines.map((line) => this.#encode(line))
    const left = new Map<number, number>()
    for (const line of found) for (const token of line) left.set(token, (left.get(token) ?? 0) + 1)
    let hits = 0
    for (const line of wanted) {
      const inUnion = new Uint8Array(line.length)
      for (const other of found) markLcs(line, other, inUnion)
      for (let i = 0; i < line.length; i++) {
        if (inUnion[i] === 0) continue
        const count = left.get(line[i]!) ?? 0
        if (count === 0) continue
        hits++
        left.set(line[i]!, count - 1)
      }
    }
    return hits
  }

  #encode(text: string): Int32Array {
    const tokens = lower(text).match(/[a-z0-9]+/g) ?? []
    const encoded = new Int32Array(tokens.length)
    let count = 0
    for (const token of tokens) {
      const stem = this.#stem(token)
      // The stemmer leaves nothing of some words.
      if (stem !== '') encoded[count++] = this.#ids.idOf(stem)
    }
    return encoded.subarray(0, count)
  }

  #stem(token: string): string {
    if (!this.#stemmer || token.length <= 3) return token
    let stem = this.#stems.get(token)
    if (stem === undefined) {
      stem = porterStem(token)
      this.#stems.set(token, stem)
    }
    return stem
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function setScore(into: Float64Array, at: number, hits: number, ofPrediction: number, ofReference: number): void {
  const precision = hits / ofPrediction
  const recall = hits / ofReference
  into[at] = precision
  into[at + 1] = recall
  into[at + 2] = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0
}

/** Length of the longest common subsequence, in one row of memory. */
function lcsLength(a: Int32Array, b: Int32Array): number {
  let start = 0
  let [endA, endB] = [a.length, b.length]
  while (start < endA && start < endB && a[start] === b[start]) start++
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const row = new Int32Array(endB - start + 1)
  for (let i = start; i < endA; i++) {
    let diagonal = 0
    for (let j = 1; j < row.length; j++) {
      const above = row[j]!
      row[j] = a[i] === b[start + j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!)
      diagonal = above
    }
  }
  return start + (a.length - endA) + row[row.length - 1]!
}

/** Marks the tokens of `wanted` in that one of the longest common subsequences which rouge_score reads out. */
function markLcs(wanted: Int32Array, found: Int32Array, marks: Uint8Array): void {
  const columns = found.length + 1
  const table = new Int32Array((wanted.length + 1) * columns)
  for (let i = 1; i <= wanted.length; i++) {
    for (let j = 1; j <= found.length; j++) {
      const at = i * columns + j
      table[at] =
        wanted[i - 1] === found[j - 1] ? table[at - columns - 1]! + 1 : Math.max(table[at - columns]!, table[at - 1]!)
    }
  }
  let i = wanted.length
  let j = found.length
  while (i > 0 && j > 0) {
    const at = i * columns + j
    if (wanted[i - 1] === found[j - 1]) {
      marks[i - 1] = 1
      i--
      j--
    } else if (table[at - 1]! > table[at - columns]!) j--
    else i--
  }
}

function invisibleTextWarnings(predictions: readonly string[], references: TextReferences): string[] {
  const warnings: string[] = []
  const tell = (count: number, of: number, what: string) => {
    if (count === 0) return
    warnings.push(
      `${count} of ${plural(of, what)} ${count === 1 ? 'has' : 'have'} no Latin letter: ROUGE sees only a-z and 0-9, so its score says nothing about ${count === 1 ? 'it' : 'them'}`,
    )
  }
  const every = allReferences(references)
  tell(every.filter(isInvisible).length, every.length, 'reference')
  tell(predictions.filter(isInvisible).length, predictions.length, 'prediction')
  return warnings
}

/** Letters of other scripts only, or marks and pictures only; a bare number is seen. */
function isInvisible(text: string): boolean {
  const lowered = lower(text)
  if (/[a-z]/.test(lowered) || strip(text) === '') return false
  return /\p{L}/u.test(lowered) || !/[0-9]/.test(lowered)
}
