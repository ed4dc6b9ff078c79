import type { Random } from '../base/random.ts'

/** How much of a text is hidden; T5's own values are density 0.15 and mean span 3. */
export interface SpanSettings {
  /** Share of the tokens that is hidden, between 0 and 1. */
  readonly density: number
  /** Mean length of a hidden span in tokens. */
  readonly meanSpan: number
}

export interface CorruptionSettings extends SpanSettings {
  /** Ids that stand for the first, second, … hidden span: T5's `<extra_id_0>`, `<extra_id_1>`, … in this order. */
  readonly sentinelIds: ArrayLike<number>
  readonly eosId: number
  readonly random: Random
}

/** Token ids of one example, `</s>` at the end of each. */
export interface CorruptedExample {
  readonly source: Int32Array
  readonly target: Int32Array
}

export const t5Spans: SpanSettings = { density: 0.15, meanSpan: 3 }

/**
 * T5's pre-training objective on one text: spans of the source are hidden behind sentinels, the target spells them out.
 *
 *   ids     [11, 12, 13, 14, 15, 16, 17]    hidden: 13 14 and 17
 *   source  [11, 12, X, 15, 16, Y, </s>]
 *   target  [X, 13, 14, Y, 17, </s>]
 *
 * A text begins with a seen span and ends with a hidden one. A text of one token hides nothing.
 *
 * @param ids token ids of a text without `</s>`
 * @throws {RangeError} if the text needs more sentinels than are given
 * Source: `random_spans_noise_mask`, `noise_span_to_unique_sentinel` and `nonnoise_span_to_unique_sentinel` in T5's
 * preprocessors: same numbers of hidden tokens and spans, other random numbers.
 */
export function corruptSpans(ids: ArrayLike<number>, settings: CorruptionSettings): CorruptedExample {
  const { sentinelIds, eosId } = settings
  const lengths = spanLengths(ids.length, settings, settings.random)
  const source: number[] = []
  const target: number[] = []
  let at = 0
  for (const [span, { seen, hidden }] of lengths.entries()) {
    for (const end = Math.min(ids.length, at + seen); at < end; at++) source.push(ids[at]!)
    if (at >= ids.length) break
    if (span >= sentinelIds.length) {
      throw new RangeError(
        `Cannot hide ${lengths.length} spans of a text of ${ids.length} tokens as there are ${sentinelIds.length} sentinels: split it into windows`,
      )
    }
    source.push(sentinelIds[span]!)
    target.push(sentinelIds[span]!)
    for (const end = Math.min(ids.length, at + hidden); at < end; at++) target.push(ids[at]!)
  }
  source.push(eosId)
  target.push(eosId)
  return { source: Int32Array.from(source), target: Int32Array.from(target) }
}

/**
 * Number of tokens and spans that are hidden in a text of `length` tokens. Products are rounded in float32 and halves
 * go to the even number, as TensorFlow does in T5's own code.
 */
export function spanCounts(length: number, { density, meanSpan }: SpanSettings): { tokens: number; spans: number } {
  if (!(density > 0 && density < 1))
    throw new RangeError(`Cannot hide a share of ${density}: it must lie between 0 and 1`)
  if (!(meanSpan >= 1)) throw new RangeError(`Cannot hide spans of mean length ${meanSpan}: it must be at least 1`)
  const tokens = Math.min(Math.max(roundHalfEven(Math.fround(length * Math.fround(density))), 1), length - 1)
  const spans = Math.max(roundHalfEven(Math.fround(tokens / Math.fround(meanSpan))), 1)
  // Every span needs a seen token before it; T5's own code fails here, which only densities near 1 reach.
  return { tokens, spans: Math.min(spans, tokens, length - tokens) }
}

/**
 * The longest window of tokens whose corrupted source, `</s>` counted, is no longer than `maxSource`, and the length of
 * its target. T5 cuts its texts into windows of this length: 512 gives 568 tokens and targets of 114.
 *
 * Source: `random_spans_helper` in T5's preprocessors, which fails below a dozen tokens.
 */
export function corruptionWindow(maxSource: number, settings: SpanSettings): { tokens: number; target: number } {
  if (!(maxSource >= 3))
    throw new RangeError(`Cannot corrupt spans in sources of ${maxSource} tokens: at least 3 are needed`)
  const sourceLength = (length: number) => {
    const { tokens, spans } = spanCounts(length, settings)
    return length - tokens + spans + 1
  }
  let window = 2
  while (sourceLength(window + 1) <= maxSource) window++
  const { tokens, spans } = spanCounts(window, settings)
  return { tokens: window, target: tokens + spans + 1 }
}

/** Cuts a text into as few windows of at most `size` tokens as possible, of lengths that differ by at most one. */
export function splitIntoWindows(ids: Int32Array, size: number): Int32Array[] {
  if (!(Number.isInteger(size) && size >= 1)) throw new RangeError(`Cannot cut a text into windows of ${size} tokens`)
  const count = Math.ceil(ids.length / size)
  return Array.from({ length: count }, (_, window) =>
    ids.subarray(Math.floor((window * ids.length) / count), Math.floor(((window + 1) * ids.length) / count)),
  )
}

function spanLengths(length: number, settings: SpanSettings, random: Random): { seen: number; hidden: number }[] {
  if (length === 0) return []
  // A text of one token counts as two, of which the hidden one lies behind its end.
  const counted = Math.max(length, 2)
  const { tokens, spans } = spanCounts(counted, settings)
  const hidden = randomSegments(tokens, spans, random)
  const seen = randomSegments(counted - tokens, spans, random)
  return hidden.map((length, span) => ({ seen: seen[span]!, hidden: length }))
}

/** Cuts `items` into `segments` parts of at least one item each, every way of cutting as likely as any other. */
function randomSegments(items: number, segments: number, random: Random): number[] {
  const cuts = random
    .permutation(items - 1)
    .subarray(0, segments - 1)
    .map((gap) => gap + 1)
    .sort()
  const ends = [...cuts, items]
  return ends.map((end, segment) => end - (ends[segment - 1] ?? 0))
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}
