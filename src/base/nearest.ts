/** Number of single-character insertions, deletions and substitutions that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}

/** The candidate closest to `name`, or `undefined` when none is near enough to be a likely slip of the hand. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    // With nothing in common any short name would be near.
    if (distance < Math.min(bestDistance, Math.max(wanted.length, candidate.length))) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** A value → other words for it, in small letters, which are often nearer to another value by their letters. */
export type OtherWords = ReadonlyMap<string, readonly string[]>

/**
 * `: did you mean "bleu"?`, or nothing when no candidate is near.
 *
 * @param words other words for candidates: what they mean wins over what is written alike
 */
export function didYouMean(name: string, candidates: Iterable<string>, words: OtherWords = new Map()): string {
  const known = [...candidates]
  const found = known.find((one) => isMeant(name, words.get(one) ?? [])) ?? nearest(name, known)
  return found === undefined ? '' : `: did you mean "${found}"?`
}

/** Also by a word with a number behind it, such as `cuda:0`. */
function isMeant(name: string, words: readonly string[]): boolean {
  const lower = name.trim().toLowerCase()
  return words.includes(lower) || words.includes(lower.replace(/:?\d+$/u, ''))
}
