import {
  type GenerationEntry,
  type GenerationOptions,
  generationFields,
  withoutNeutral,
} from '../../lesson/generation.ts'

/** What the scores of the next token depend on besides the settings. */
export interface WrittenSoFar {
  /** The tokens so far, the start token included. */
  readonly sequence: readonly number[]
  readonly source: ArrayLike<number>
  readonly eosIds: ReadonlySet<number>
  /** Of the whole sequence, the start token included. */
  readonly maxLength: number
}

/** Whether these options change scores at all; without them the largest score decides inside the graph. */
export function needsScores(options: GenerationOptions): boolean {
  return Object.keys(withoutNeutral(generationFields(options))).some((name) => changing.has(name))
}

const changing: ReadonlySet<string> = new Set<keyof GenerationEntry>([
  'repetition_penalty',
  'no_repeat_ngram_size',
  'encoder_no_repeat_ngram_size',
  'bad_words_ids',
  'min_length',
  'min_new_tokens',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'suppress_tokens',
  'begin_suppress_tokens',
])

/**
 * Changes the scores of the next token in place, in transformers' order.
 *
 * @param scores logits or log probabilities of every token of the vocabulary
 */
export function adjustScores(scores: Float32Array, options: GenerationOptions, so: WrittenSoFar): void {
  penalizeRepetition(scores, so.sequence, options.repetitionPenalty ?? 1)
  const forbidden = [
    ...tokensThatRepeat(so.sequence, so.sequence, options.noRepeatNgramSize ?? 0),
    ...tokensThatRepeat(so.source, so.sequence, options.encoderNoRepeatNgramSize ?? 0),
    ...tokensOfBadWords(options.badWordsIds ?? [], so),
    ...(isTooShort(options, so.sequence.length) ? so.eosIds : []),
  ]
  for (const id of forbidden) scores[id] = Number.NEGATIVE_INFINITY
  force(scores, options, so)
  for (const id of suppressed(options, so.sequence.length)) scores[id] = Number.NEGATIVE_INFINITY
}

function penalizeRepetition(scores: Float32Array, sequence: readonly number[], penalty: number): void {
  if (penalty === 1) return
  const factor = Math.fround(penalty)
  for (const id of new Set(sequence)) {
    const score = scores[id]!
    scores[id] = score < 0 ? score * factor : score / factor
  }
}

/** The tokens that would make an n-gram which `text` already holds. */
function tokensThatRepeat(text: ArrayLike<number>, sequence: readonly number[], size: number): number[] {
  if (size === 0 || sequence.length + 1 < size) return []
  const begin = sequence.length - size + 1
  const found: number[] = []
  for (let at = 0; at + size <= text.length; at++) {
    let same = 0
    while (same < size - 1 && text[at + same] === sequence[begin + same]) same++
    if (same === size - 1) found.push(text[at + size - 1]!)
  }
  return found
}

/** The end is no bad word; one as long as all that is written is not looked for, as in the reference. */
function tokensOfBadWords(words: readonly (readonly number[])[], { sequence, eosIds }: WrittenSoFar): number[] {
  const isComplete = (word: readonly number[]): boolean =>
    word.length <= sequence.length &&
    word.slice(0, -1).every((id, at) => id === sequence[sequence.length - word.length + 1 + at])
  return words
    .filter((word) => (word.length === 1 ? !eosIds.has(word[0]!) : isComplete(word)))
    .map((word) => word.at(-1)!)
}

/** A minimum of new tokens stands in place of one of the whole sequence. */
function isTooShort({ minLength = 0, minNewTokens }: GenerationOptions, length: number): boolean {
  return minNewTokens === undefined ? length < minLength : length - 1 < minNewTokens
}

function force(scores: Float32Array, options: GenerationOptions, { sequence, maxLength }: WrittenSoFar): void {
  const { forcedBosTokenId: first, forcedEosTokenId: last } = options
  if (first !== undefined && sequence.length === 1) only(scores, [first])
  if (last !== undefined && sequence.length === maxLength - 1) only(scores, typeof last === 'number' ? [last] : last)
}

function only(scores: Float32Array, ids: readonly number[]): void {
  scores.fill(Number.NEGATIVE_INFINITY)
  for (const id of ids) scores[id] = 0
}

/** Where the first token is forced, the one behind it counts as the beginning. */
function suppressed(options: GenerationOptions, length: number): readonly number[] {
  const { suppressTokens = [], beginSuppressTokens = [], forcedBosTokenId } = options
  const begins = length === (forcedBosTokenId === undefined ? 1 : 2)
  return begins ? [...suppressTokens, ...beginSuppressTokens] : suppressTokens
}
