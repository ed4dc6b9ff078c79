/** A piece of a text, and whether the other text has it in the same order. */
export interface Piece {
  readonly text: string
  readonly shared: boolean
}

/** Longer texts are compared as wholes: the table of all pairs of words would be too large. */
const mostWords = 600

/**
 * The pieces of a text, those marked that another one lacks: words and signs of the longest common sequence are shared. A Chinese
 * character is a word.
 */
export function differenceOf(text: string, other: string): Piece[] {
  const [own, others] = [wordsOf(text), wordsOf(other)]
  if (own.length > mostWords || others.length > mostWords) return [{ text, shared: text === other }]
  const shared = sharedWords(own, others)
  const pieces: { text: string; shared: boolean }[] = []
  for (const [at, word] of own.entries()) {
    const last = pieces.at(-1)
    // White space between two marked words is marked with them.
    const isShared = /^\s+$/u.test(word) ? shared[at - 1] !== false || shared[at + 1] !== false : shared[at]!
    if (last?.shared === isShared) last.text += word
    else pieces.push({ text: word, shared: isShared })
  }
  return pieces
}

function wordsOf(text: string): string[] {
  return text.match(/\p{Script=Han}|\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? []
}

function sharedWords(own: readonly string[], others: readonly string[]): boolean[] {
  const width = others.length + 1
  const lengths = new Uint16Array((own.length + 1) * width)
  for (let i = own.length - 1; i >= 0; i--) {
    for (let j = others.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        own[i] === others[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
    }
  }
  const shared = own.map(() => false)
  let [i, j] = [0, 0]
  while (i < own.length && j < others.length) {
    if (own[i] === others[j]) {
      shared[i] = true
      i++
      j++
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  }
  return shared
}
