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
import { sacrebleuVersion } from './sacrebleu-version.ts'
import { longestNgrams, lowercaseOption } from './shared-options.ts'
import { type BleuTokenizer, bleuTokenizers } from './text/bleu-tokenizers.ts'
import { formatFixed } from './text/format-fixed.ts'
import { NgramTable } from './text/ngram-table.ts'
import { lower, stripEnd } from './text/python-text.ts'
import { StringIds } from './text/string-ids.ts'
import { isChinese, isUnspaced } from './unspaced.ts'

export type SmoothMethod = 'exp' | 'floor' | 'add-k' | 'none'

export interface BleuOptions {
  /** @default '13a' */
  readonly tokenize?: BleuTokenizer
  /** @default false */
  readonly lowercase?: boolean
  /** What a precision of 0 is replaced by. @default 'exp' */
  readonly smoothMethod?: SmoothMethod
  /** For `floor` (0.1 by default) and `add-k` (1 by default). */
  readonly smoothValue?: number
  /** @default 4 */
  readonly maxNgramOrder?: number
  /** Leave out the orders that a short text cannot have; wanted for single sentences. @default false */
  readonly effectiveOrder?: boolean
}

export interface BleuScore {
  /** 0 … 100 */
  readonly score: number
  /** Matching n-grams by order, 1 first; with `add-k` smoothing the added value is in them, as in sacreBLEU. */
  readonly counts: readonly number[]
  /** The predictions' n-grams by order. */
  readonly totals: readonly number[]
  /** In percent, smoothed. */
  readonly precisions: readonly number[]
  /** Brevity penalty. */
  readonly bp: number
  /** Tokens in the predictions and in the references that are nearest in length. */
  readonly sysLen: number
  readonly refLen: number
  readonly signature: string
  /** sacreBLEU's line, `BLEU = 53.75 85.4/61.0/48.5/39.4 (BP = 0.957 …)`. */
  readonly text: string
}

/**
 * BLEU of a corpus.
 *
 *   BLEU = bp · exp(1/N · Σ log pₙ)      pₙ = 100 · clipped matches / n-grams of order n
 *   bp   = 1 if sysLen ≥ refLen, else exp(1 - refLen / sysLen)
 *
 * @throws {RangeError} if nothing is given or the lists are of unlike length
 * Source: Papineni et al. 2002, with the choices of sacreBLEU 2.6.0's `corpus_bleu` (goldens: bleu.json).
 */
export function corpusBleu(
  predictions: readonly string[],
  references: TextReferences,
  options: BleuOptions = {},
): BleuScore {
  const statistics = bleuStatistics(predictions, references, options)
  return bleuOfSums(sumRows(statistics), options, bleuSignature(options, referenceCount(references)))
}

/**
 * BLEU of each example by itself, 0 … 100.
 *
 * @param options as for `corpusBleu`, but `effectiveOrder` is true by default, as in sacreBLEU's `sentence_bleu`
 */
export function sentenceBleu(
  predictions: readonly string[],
  references: TextReferences,
  options: BleuOptions = {},
): Float64Array {
  refuseOptions(options, bleuKind)
  const sentenceOptions = { effectiveOrder: true, ...options }
  const { rows, width, values } = bleuStatistics(predictions, references, sentenceOptions)
  return Float64Array.from({ length: rows }, (_, row) => {
    return bleuOfSums(values.subarray(row * width, (row + 1) * width), sentenceOptions, '').score
  })
}

/** BLEU as a `Metric` with the field `bleu`. */
export function bleuMetric(options: BleuOptions & { readonly references?: ReferenceCount } = {}): Metric {
  refuseOptions(options, bleuKind)
  const references = options.references ?? 1
  return scoringTexts({
    references,
    name: 'bleu',
    signature: bleuSignature(options, references),
    fields: ['bleu'],
    best: 100,
    statistics: (predictions, lists) => bleuStatistics(predictions, lists, options),
    scoreSums: (sums) => ({ bleu: bleuOfSums(sums, options, '').score }),
    warnings: (predictions) => tokenizedWarning(predictions),
  })
}

/** BLEU as studies, `score` and `compare` offer it. */
export const bleuKind = {
  name: 'bleu',
  title: 'BLEU',
  answers: 'texts',
  options: [
    {
      name: 'tokenize',
      type: 'choice',
      choices: ['13a', 'zh', 'intl', 'char', 'none'] satisfies [BleuTokenizer, ...BleuTokenizer[]],
      default: '13a',
      help: 'tokenizer',
    },
    lowercaseOption,
    {
      name: 'smoothMethod',
      type: 'choice',
      choices: ['exp', 'floor', 'add-k', 'none'] satisfies [SmoothMethod, ...SmoothMethod[]],
      default: 'exp',
      help: 'how to smooth a precision of 0',
      inStudy: 'smoothing',
    },
    {
      name: 'smoothValue',
      type: 'number',
      least: 0,
      help: 'for floor (default: 0.1) and add-k (default: 1)',
      inStudy: 'value of floor and add-k',
      needs: { option: 'smoothMethod', values: ['floor', 'add-k'], because: 'no other method has a value' },
    },
    {
      name: 'maxNgramOrder',
      type: 'whole',
      least: 1,
      most: longestNgrams,
      default: 4,
      help: 'longest n-gram',
      inStudy: false,
    },
    {
      name: 'effectiveOrder',
      type: 'switch',
      help: 'leave out orders that a text is too short for',
      off: 'sentence BLEU: keep them',
      inStudy: false,
    },
  ],
  usual: ['bleu'],
  byDefault: true,
  // Chinese has no spaces between words; 13a is what papers usually have.
  chinese: { option: 'tokenize', use: 'zh', beside: '13a' },
  sentences: { effectiveOrder: true },
  make: bleuMetric,
  report: bleuReport,
} as const satisfies TextMetricKind

function bleuReport(predictions: readonly string[], references: TextReferences, options: BleuOptions): MetricReport {
  const { text, bp, sysLen, refLen, signature, score, counts, totals, precisions } = corpusBleu(
    predictions,
    references,
    options,
  )
  return {
    json: { score, counts, totals, precisions, bp, sys_len: sysLen, ref_len: refLen, signature },
    lines: [text, `  ${signature}`],
    warnings: [...tokenizedWarning(predictions), ...unspacedWarning(references, options)],
  }
}

/** Chinese has a tokenizer of its own beside the usual one. */
function unspacedWarning(references: TextReferences, { tokenize = '13a' }: BleuOptions): string[] {
  const all = allReferences(references)
  if (tokenize === 'zh' || tokenize === 'char' || !isUnspaced(all) || isChinese(all)) return []
  return [
    `These references have no spaces between words, so that BLEU takes clauses for words: use the tokenizer "char"`,
  ]
}

/** `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0`, letter for letter sacreBLEU's. */
function bleuSignature(options: BleuOptions, references: ReferenceCount): string {
  const { method, value } = smoothing(options)
  const smooth = value === undefined ? method : `${method}[${formatFixed(value, 2)}]`
  return [
    `nrefs:${references}`,
    `case:${options.lowercase ? 'lc' : 'mixed'}`,
    `eff:${options.effectiveOrder ? 'yes' : 'no'}`,
    `tok:${options.tokenize ?? '13a'}`,
    `smooth:${smooth}`,
    `version:${sacrebleuVersion}`,
  ].join('|')
}

function smoothing({ smoothMethod: method = 'exp', smoothValue }: BleuOptions) {
  if (method === 'floor') return { method, value: smoothValue ?? 0.1 }
  if (method === 'add-k') return { method, value: smoothValue ?? 1 }
  return { method, value: undefined }
}

/** Per example: tokens, reference tokens, matches by order, n-grams by order. */
function bleuStatistics(
  predictions: readonly string[],
  references: TextReferences,
  options: BleuOptions,
): ExampleStatistics {
  checkTexts(predictions, references)
  refuseOptions(options, bleuKind)
  const order = options.maxNgramOrder ?? 4
  const encode = tokenEncoder(options)
  const statistics = emptyStatistics(predictions.length, 2 + 2 * order)
  const { values, width } = statistics
  const table = new NgramTable()
  for (let row = 0; row < predictions.length; row++) {
    const prediction = encode(predictions[row]!)
    const at = row * width
    table.clear()
    let nearest = -1
    for (const text of referencesOf(references, row)) {
      const reference = encode(text)
      table.add(reference, order)
      const further = Math.abs(prediction.length - reference.length) - Math.abs(prediction.length - nearest)
      if (nearest === -1 || further < 0 || (further === 0 && reference.length < nearest)) nearest = reference.length
    }
    values[at] = prediction.length
    values[at + 1] = nearest
    table.match(prediction, order, values, at + 2)
    for (let n = 1; n <= order; n++) values[at + 1 + order + n] = Math.max(0, prediction.length - n + 1)
  }
  return statistics
}

function tokenEncoder({ tokenize = '13a', lowercase = false }: BleuOptions): (text: string) => Int32Array {
  const tokenizer = bleuTokenizers[tokenize]
  const ids = new StringIds()
  return (text) => {
    const tokens = tokenizer(stripEnd(lowercase ? lower(text) : text))
    const encoded = new Int32Array(tokens.length)
    for (let i = 0; i < tokens.length; i++) encoded[i] = ids.idOf(tokens[i]!)
    return encoded
  }
}

function bleuOfSums(sums: Float64Array, options: BleuOptions, signature: string): BleuScore {
  const order = options.maxNgramOrder ?? 4
  const { method, value = 0 } = smoothing(options)
  const [sysLen, refLen] = [sums[0]!, sums[1]!]
  const counts = Array.from(sums.subarray(2, 2 + order))
  const totals = Array.from(sums.subarray(2 + order, 2 + 2 * order))
  const precisions = new Array<number>(order).fill(0)
  const bp = sysLen >= refLen ? 1 : sysLen > 0 ? Math.exp(1 - refLen / sysLen) : 0
  let score = 0
  if (counts.some((count) => count !== 0)) {
    let halving = 1
    let orders = order
    for (let n = 0; n < order; n++) {
      if (method === 'add-k' && n > 0) {
        counts[n]! += value
        totals[n]! += value
      }
      if (totals[n] === 0) break
      if (options.effectiveOrder) orders = n + 1
      if (counts[n] !== 0) precisions[n] = (100 * counts[n]!) / totals[n]!
      else if (method === 'exp') {
        halving *= 2
        precisions[n] = 100 / (halving * totals[n]!)
      } else if (method === 'floor') precisions[n] = (100 * value) / totals[n]!
    }
    let logs = 0
    for (let n = 0; n < orders; n++) logs += precisions[n] === 0 ? -9999999999 : Math.log(precisions[n]!)
    score = bp * Math.exp(logs / orders)
  }
  const text = () => {
    const shares = precisions.map((precision) => formatFixed(precision, 1)).join('/')
    const ratio = formatFixed(refLen === 0 ? 0 : sysLen / refLen, 3)
    const lengths = `ratio = ${ratio} hyp_len = ${sysLen} ref_len = ${refLen}`
    return `BLEU = ${formatFixed(score, 2)} ${shares} (BP = ${formatFixed(bp, 3)} ${lengths})`
  }
  return {
    score,
    counts,
    totals,
    precisions,
    bp,
    sysLen,
    refLen,
    signature,
    get text() {
      return text()
    },
  }
}

function tokenizedWarning(predictions: readonly string[]): string[] {
  const tokenized = predictions.filter((text) => text.endsWith(' .')).length
  if (tokenized < 100) return []
  return [`${tokenized} predictions end in " .": BLEU wants text that is not yet split into tokens`]
}
