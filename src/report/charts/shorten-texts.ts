import { shortenText, textWidth } from './svg-text.ts'

/**
 * Texts that fit, the middle of a longer one left out. Those that would then read alike are cut elsewhere, so that what
 * they differ in stays.
 */
export function shortenTexts(texts: readonly string[], size: number, width: number): string[] {
  const short = new Map(texts.map((text) => [text, shortenText(text, size, width)]))
  const alike = new Map<string, string[]>()
  for (const [text, cut] of short) alike.set(cut, [...(alike.get(cut) ?? []), text])
  const fits = (text: string): boolean => textWidth(text, size) <= width
  for (const [cut, group] of alike) {
    if (group.length < 2) continue
    const taken = new Set(alike.keys())
    taken.delete(cut)
    for (const [index, apart] of toldApart(group, fits, taken).entries()) short.set(group[index]!, apart)
  }
  return texts.map((text) => short.get(text)!)
}

type Fits = (text: string) => boolean

/** The first way of cutting by which all texts differ, or the one by which most do. */
function toldApart(texts: readonly string[], fits: Fits, taken: ReadonlySet<string>): readonly string[] {
  const words = texts.map((text) => text.match(/[\s,;()]+|[^\s,;()]+/gu) ?? [])
  const letters = texts.map((text) => [...text])
  const ways = [
    { parts: words, own: unshared(words) },
    { parts: words, own: between(words) },
    { parts: letters, own: between(letters) },
  ]
  let best: readonly string[] = []
  let most = 0
  for (const { parts, own } of ways) {
    for (const keep of ['first', 'last'] as const) {
      const cut = parts.map((all, index) => cutAround(all, own[index]!, keep, fits))
      const different = new Set(cut.filter((text) => !taken.has(text))).size
      if (different === texts.length) return cut
      if (different > most || best.length === 0) [best, most] = [cut, different]
    }
  }
  return best
}

/** The places of each list's parts that not every list has. */
function unshared(lists: readonly (readonly string[])[]): number[][] {
  const sets = lists.map((parts) => new Set(parts))
  return lists.map((parts) => [...parts.keys()].filter((at) => !sets.every((set) => set.has(parts[at]!))))
}

/** The places between what all lists begin with and what all end with. */
function between(lists: readonly (readonly string[])[]): number[][] {
  const [one, ...others] = lists as [readonly string[], ...(readonly string[])[]]
  const shortest = Math.min(...lists.map(({ length }) => length))
  let head = 0
  while (head < shortest && others.every((parts) => parts[head] === one[head])) head++
  let tail = 0
  while (tail < shortest - head && others.every((parts) => parts.at(-1 - tail) === one.at(-1 - tail))) tail++
  return lists.map(({ length }) => [...Array(length - head - tail).keys()].map((at) => head + at))
}

/** The given parts, the first or the last of them where they are too many, and what fits of the text's ends beside them. */
function cutAround(parts: readonly string[], own: readonly number[], keep: 'first' | 'last', fits: Fits): string {
  const kept = new Set<number>()
  const add = (at: number): boolean => {
    if (kept.has(at)) return true
    kept.add(at)
    if (fits(joined(parts, kept))) return true
    kept.delete(at)
    return false
  }
  for (const at of keep === 'first' ? own : own.toReversed()) if (!add(at)) break
  let [head, tail] = [0, parts.length - 1]
  for (let [more, less] = [true, true]; (more || less) && head <= tail; ) {
    more &&= add(head++)
    less &&= add(tail--)
  }
  return joined(parts, kept)
}

function joined(parts: readonly string[], kept: ReadonlySet<number>): string {
  let text = ''
  for (const [at, part] of parts.entries()) {
    if (kept.has(at)) text += part
    else if (at === 0 || kept.has(at - 1)) text += '…'
  }
  return text
}
