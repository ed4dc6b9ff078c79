import type { ArgumentKinds } from '../base/fault.ts'
import {
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
import { sacrebleuVersion } from './sacrebleu-version.ts'
import { longestNgrams, lowercaseOption } from './shared-options.ts'
import { NgramTable } from './text/ngram-table.ts'
import { lower, splitWords } from './text/python-text.ts'
import { StringIds } from './text/string-ids.ts'

export interface ChrfOptions {
  /** @default 6 */
  readonly charOrder?: number
  /** 2 makes it chrF++. @default 0 */
  readonly wordOrder?: number
  /** How many times as much recall counts as precision. @default 2 */
  readonly beta?: number
  /** @default false */
  readonly lowercase?: boolean
  /** Count white space among the characters. @default false */
  readonly whitespace?: boolean
}

export interface ChrfScore {
  /** 0 … 100 */
  readonly score: number
  readonly signature: string
}

/**
 * chrF of a corpus, or chrF++ with `wordOrder: 2`.
 *
 *   chrF = 100 · (1 + β²) · P · R / (β² · P + R)
 *
 * P and R are means of n-gram precision and recall over the orders that both sides have. Of several references the one
 * with the best score counts, example by example.
 *
 * @throws {RangeError} if nothing is given or the lists are of unlike length
 * Source: Popović 2015 and 2017, with the choices of sacreBLEU 2.6.0's `CHRF` (goldens: bleu.json).
 */
export function chrf(predictions: readonly string[], references: TextReferences, options: ChrfOptions = {}): ChrfScore {
  const statistics = chrfStatistics(predictions, references, options)
  return {
    score: chrfOfSums(sumRows(statistics), options),
    signature: chrfSignature(options, referenceCount(references)),
  }
}

/** chrF as a `Metric` with the field `chrf`. */
export function chrfMetric(options: ChrfOptions & { readonly references?: ReferenceCount } = {}): Metric {
  refuseOptions(options, chrfKind, unofferedOptions)
  const references = options.references ?? 1
  return scoringTexts({
    references,
    name: 'chrf',
    signature: chrfSignature(options, references),
    fields: ['chrf'],
    best: 100,
    statistics: (predictions, lists) => chrfStatistics(predictions, lists, options),
    scoreSums: (sums) => ({ chrf: chrfOfSums(sums, options) }),
    warnings: () => [],
  })
}

/** chrF as studies, `score` and `compare` offer it. */
export const chrfKind = {
  name: 'chrf',
  title: 'chrF',
  answers: 'texts',
  options: [
    lowercaseOption,
    {
      name: 'wordOrder',
      type: 'whole',
      least: 0,
      most: longestNgrams,
      default: 0,
      help: 'longest word n-gram, 2 makes chrF++',
      inStudy: 'longest word n-gram; 2 is chrF++',
    },
    {
      name: 'charOrder',
      type: 'whole',
      least: 1,
      most: longestNgrams,
      default: 6,
      help: 'longest character n-gram',
      inStudy: false,
    },
  ],
  usual: ['chrf'],
  make: chrfMetric,
  report: chrfReport,
} as const satisfies TextMetricKind

const unofferedOptions: ArgumentKinds = {
  beta: { is: (value) => Number.isFinite(value) && Number(value) > 0, words: 'a number above 0', optional: true },
  whitespace: 'switch?',
}

function chrfReport(predictions: readonly string[], references: TextReferences, options: ChrfOptions): MetricReport {
  const { score, signature } = chrf(predictions, references, options)
  const name = `chrF2${'+'.repeat(options.wordOrder ?? 0)}`
  return { json: { score, signature }, lines: [`${name} = ${score.toFixed(2)}`, `  ${signature}`], warnings: [] }
}

/** `nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0`, letter for letter sacreBLEU's. */
function chrfSignature(
  { charOrder = 6, wordOrder = 0, lowercase, whitespace }: ChrfOptions,
  references: ReferenceCount,
): string {
  return [
    `nrefs:${references}`,
    `case:${lowercase ? 'lc' : 'mixed'}`,
    'eff:yes',
    `nc:${charOrder}`,
    `nw:${wordOrder}`,
    `space:${whitespace ? 'yes' : 'no'}`,
    `version:${sacrebleuVersion}`,
  ].join('|')
}

/** Per example and order (characters first): n-grams of the prediction, of the reference, and matches. */
function chrfStatistics(
  predictions: readonly string[],
  references: TextReferences,
  options: ChrfOptions,
): ExampleStatistics {
  checkTexts(predictions, references)
  refuseOptions(options, chrfKind, unofferedOptions)
  const { charOrder = 6, wordOrder = 0 } = options
  const encode = encoder(options)
  const statistics = emptyStatistics(predictions.length, 3 * (charOrder + wordOrder))
  const { values, width } = statistics
  const table = new NgramTable()
  const candidate = new Float64Array(width)
  for (let row = 0; row < predictions.length; row++) {
    const prediction = encode(predictions[row]!)
    let best = -1
    for (const text of referencesOf(references, row)) {
      const reference = encode(text)
      candidate.fill(0)
      countMatches(table, prediction.characters, reference.characters, charOrder, candidate, 0)
      countMatches(table, prediction.words, reference.words, wordOrder, candidate, 3 * charOrder)
      const score = chrfOfSums(candidate, options)
      if (score > best) {
        best = score
        values.set(candidate, row * width)
      }
    }
  }
  return statistics
}

function countMatches(
  table: NgramTable,
  prediction: ArrayLike<number>,
  reference: ArrayLike<number>,
  order: number,
  into: Float64Array,
  offset: number,
): void {
  if (order === 0) return
  table.clear()
  table.add(reference, order)
  table.match(prediction, order, into, offset + 2, 3)
  for (let n = 1; n <= order; n++) {
    const ofReference = Math.max(0, reference.length - n + 1)
    // An order that the reference does not have says nothing about the prediction.
    into[offset + 3 * n - 3] = ofReference === 0 ? 0 : Math.max(0, prediction.length - n + 1)
    into[offset + 3 * n - 2] = ofReference
  }
}

interface Encoded {
  readonly characters: ArrayLike<number>
  readonly words: ArrayLike<number>
}

function encoder({ wordOrder = 0, lowercase = false, whitespace = false }: ChrfOptions): (text: string) => Encoded {
  const ids = new StringIds()
  return (text) => {
    const line = lowercase ? lower(text) : text
    return {
      characters: codePoints(whitespace ? line : splitWords(line).join('')),
      words:
        wordOrder === 0
          ? []
          : splitWords(line)
              .flatMap(splitPunctuation)
              .map((word) => ids.idOf(word)),
    }
  }
}

function codePoints(text: string): Int32Array {
  const points = new Int32Array(text.length)
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!
    if (point > 0xffff) i++
    points[count++] = point
  }
  return points.subarray(0, count)
}

const asciiPunctuation = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')

/** Cuts off one mark at the end or else one at the start; chrF++ never cuts both. */
function splitPunctuation(word: string): string[] {
  if (word.length === 1) return [word]
  const last = word.at(-1)!
  if (asciiPunctuation.has(last)) return [word.slice(0, -1), last]
  if (asciiPunctuation.has(word[0]!)) return [word[0]!, word.slice(1)]
  return [word]
}

function chrfOfSums(sums: Float64Array, { beta = 2 }: ChrfOptions): number {
  const factor = beta ** 2
  let precision = 0
  let recall = 0
  let orders = 0
  for (let at = 0; at < sums.length; at += 3) {
    const [ofPrediction, ofReference, matches] = [sums[at]!, sums[at + 1]!, sums[at + 2]!]
    if (ofPrediction > 0 && ofReference > 0) {
      precision += matches / ofPrediction
      recall += matches / ofReference
      orders++
    }
  }
  if (precision + recall === 0) return 0
  precision /= orders
  recall /= orders
  // In sacreBLEU's order of operations: between references of equal score the last bit decides which one counts.
  return 100 * (((1 + factor) * precision * recall) / (factor * precision + recall))
}
