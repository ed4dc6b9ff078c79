/**
 * Tells of sources that are longer than what is read of them.
 *
 * @param lengths in tokens, of every source
 * @param most tokens that are read
 * @returns `undefined` where none is longer
 */
export function cutSentence(lengths: readonly number[], most: number): string | undefined {
  const cut = lengths.filter((length) => length > most)
  if (cut.length === 0) return undefined
  if (lengths.length === 1) return `The source has ${cut[0]} tokens: the model reads the first ${most}`
  return `${cut.length} of ${lengths.length} sources have more than ${most} tokens: the model reads no more of them`
}
