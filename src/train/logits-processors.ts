import type { GenerationOptions } from '../lesson/protocol.ts'

/** Whether these options change scores at all; without them the largest score decides inside the graph. */
export function needsScores({
  repetitionPenalty = 1,
  noRepeatNgramSize = 0,
  minNewTokens = 0,
}: GenerationOptions): boolean {
  return repetitionPenalty !== 1 || noRepeatNgramSize > 0 || minNewTokens > 0
}

/**
 * Changes the scores of the next token in place, in transformers' order: repetition penalty, repeated n-grams, minimum
 * of new tokens.
 *
 * @param scores logits of every token of the vocabulary
 * @param sequence the tokens so far, the start token included
 */
export function adjustScores(
  scores: Float32Array,
  sequence: readonly number[],
  { repetitionPenalty = 1, noRepeatNgramSize = 0, minNewTokens = 0 }: GenerationOptions,
  eosId: number,
): void {
  if (repetitionPenalty !== 1) {
    for (const id of new Set(sequence)) {
      const score = scores[id]!
      scores[id] = score < 0 ? score * repetitionPenalty : score / repetitionPenalty
    }
  }
  for (const id of tokensThatRepeat(sequence, noRepeatNgramSize)) scores[id] = -Infinity
  if (sequence.length - 1 < minNewTokens) scores[eosId] = -Infinity
}

/** The tokens that would make an n-gram which the sequence already holds. */
function tokensThatRepeat(sequence: readonly number[], size: number): number[] {
  if (size === 0 || sequence.length + 1 < size) return []
  const begin = sequence.length - size + 1
  const found: number[] = []
  for (let at = 0; at + size <= sequence.length; at++) {
    let same = 0
    while (same < size - 1 && sequence[at + same] === sequence[begin + same]) same++
    if (same === size - 1) found.push(sequence[at + size - 1]!)
  }
  return found
}
