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

/** A name as it is seen: composed in one way, with plain spaces and hyphens, and without what cannot be seen. */
function look(name: string): string {
  return name
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/\p{Zs}/gu, ' ')
    .replace(/[\u2010\u2011]/gu, '-')
    .normalize('NFC')
}

/** The candidate closest to `name`, or `undefined` when none is near enough to be a likely slip of the hand. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const seen = look(name)
  const wanted = seen.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(wanted.length / 2)) + 1
  for (const candidate of candidates) {
    const other = look(candidate)
    if (other !== '' && other === seen) return candidate
    const distance = editDistance(wanted, other.toLowerCase())
    // With nothing in common any short name would be near.
    if (distance < Math.min(bestDistance, Math.max(wanted.length, other.length))) {
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
  return found === undefined ? '' : meantName(name, found)
}

/** The hint at a name that was found near: `: did you mean "bleu"?`, or in what it differs where it looks the same. */
export function meantName(name: string, found: string): string {
  if (found === name || look(found) !== look(name)) return `: did you mean "${found}"?`
  if (found.normalize() === name.normalize()) {
    return `: "${found}" looks the same but is composed otherwise (Unicode ${formOf(found)}, the other ${formOf(name)}): write both alike, best in NFC`
  }
  const unseen = [...unseenIn(found, 'it has'), ...unseenIn(name, 'the other has')].join(', ')
  return `: "${found}" looks the same but differs in what cannot be seen (${unseen}): write both alike`
}

function formOf(name: string): string {
  return ['NFC', 'NFD'].find((form) => name.normalize(form) === name) ?? 'neither NFC nor NFD'
}

/** `it has U+00A0`: a name's characters that look like others or like none. */
function unseenIn(name: string, words: string): string[] {
  const found = new Set([...name].filter((character) => look(character) !== character))
  const codes = [...found].map((one) => `U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
  return codes.length === 0 ? [] : [`${words} ${codes.join(' and ')}`]
}

/** Also by a word with a number behind it, such as `cuda:0`. */
function isMeant(name: string, words: readonly string[]): boolean {
  const lower = name.trim().toLowerCase()
  return words.includes(lower) || words.includes(lower.replace(/:?\d+$/u, ''))
}
