/** Attention compares each token of a source with each: 2^15 take 8 GiB for their distances alone. */
const mostTokens = 2 ** 15

/**
 * Why a model cannot take a text; `undefined` where it can.
 *
 * @returns part of a sentence, after `as`
 */
export function tokenProblem(
  ids: Int32Array,
  vocabSize: number,
  what: 'it' | 'its source' | 'its target',
): string | undefined {
  if (ids.length === 0) return `${what} has no tokens: its text is empty, and the tokenizer adds no end to texts`
  if (ids.length > mostTokens) {
    return `${what} has ${ids.length} tokens, more than ${mostTokens}: shorten it, or have texts cut to as many tokens as the model was taught with`
  }
  const wrong = ids.find((id) => id >= vocabSize)
  if (wrong === undefined) return undefined
  return `its token id ${wrong} is outside the model's vocabulary of ${vocabSize}: its embeddings were not made larger for tokens that were added, or the tokenizer is another model's`
}
