import { literalPattern } from '../parts/literal-pattern.ts'

/**
 * Finds added tokens in a text, as `Trie.split` in transformers 4.57 finds them.
 *
 * The order of the search is the reference's, step by step: which of two tokens that overlap is found depends on it, and
 * it is neither always the leftmost nor always the longest.
 */
export class AddedTokenTrie {
  readonly #root: Node = { next: new Map(), isToken: false }
  /** Matches a text that may hold a token. */
  readonly #anyFirst: RegExp | undefined

  constructor(tokens: Iterable<string>) {
    const firsts = new Set<string>()
    for (const token of tokens) {
      let node = this.#root
      for (const char of token) {
        const next: Node = node.next.get(char) ?? { next: new Map(), isToken: false }
        node.next.set(char, next)
        node = next
      }
      if (node === this.#root) continue
      node.isToken = true
      firsts.add(String.fromCodePoint(token.codePointAt(0)!))
    }
    if (firsts.size > 0) this.#anyFirst = new RegExp([...firsts].map(literalPattern).join('|'), 'u')
  }

  /** The text cut at both ends of every token found; the parts joined are the text. */
  split(text: string): string[] {
    if (this.#anyFirst === undefined || !this.#anyFirst.test(text)) return text === '' ? [] : [text]
    const chars = [...text]
    return cutAt(chars, this.#offsets(chars))
  }

  #offsets(chars: readonly string[]): number[] {
    const offsets = [0]
    // Where a token may have started, and how far it got.
    const states = new Map<number, Node>()
    let skip = 0
    for (let current = 0; current < chars.length; current++) {
      if (current < skip) continue
      const char = chars[current]!
      const found = step(states, chars, current)
      if (found !== undefined) {
        offsets.push(found.start, found.end)
        skip = found.skip ?? skip
        states.clear()
      }
      const first = this.#root.next.get(char)
      if (current >= skip && first !== undefined) states.set(current, first)
    }
    for (const [start, node] of states) {
      if (!node.isToken) continue
      offsets.push(start, chars.length)
      break
    }
    return offsets
  }
}

interface Node {
  readonly next: Map<string, Node>
  isToken: boolean
}

interface Found {
  readonly start: number
  readonly end: number
  readonly skip: number | undefined
}

/** Moves every state on by one character, or says which token ends here. */
function step(states: Map<number, Node>, chars: readonly string[], current: number): Found | undefined {
  const dead: number[] = []
  for (const [start, node] of states) {
    if (node.isToken) return longest(states, chars, current, start)
    const next = node.next.get(chars[current]!)
    if (next === undefined) dead.push(start)
    else states.set(start, next)
  }
  for (const start of dead) states.delete(start)
  return undefined
}

/** The longest token from the start that was found, or from an earlier one that is not done yet. */
function longest(states: Map<number, Node>, chars: readonly string[], current: number, found: number): Found {
  let start = found
  let end = current
  let skip: number | undefined
  for (const [from, state] of states) {
    if (from > start) break
    // An earlier state has been moved on already, or was to be given up; the reference reads on behind both.
    let at = from < start ? current + 1 : current
    end = at
    let node: Node | undefined = state
    while (node !== undefined) {
      if (node.isToken) {
        start = from
        end = at
        skip = at
      }
      node = at < chars.length ? node.next.get(chars[at]!) : undefined
      at++
    }
  }
  return { start, end, skip }
}

function cutAt(chars: readonly string[], offsets: readonly number[]): string[] {
  const parts: string[] = []
  let start = 0
  for (const end of [...offsets, chars.length]) {
    if (start >= end) continue
    parts.push(chars.slice(start, end).join(''))
    start = end
  }
  return parts
}
