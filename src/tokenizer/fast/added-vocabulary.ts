import { compiles } from '../../base/bounds/compiles.ts'
import { Fault } from '../../base/fault.ts'
import { literalPattern } from '../parts/literal-pattern.ts'
import { whiteSpace } from '../parts/white-space.ts'
import type { AddedToken } from '../tokenizer.ts'

/** A stretch of text, or the id of an added token in its place. */
export interface Segment {
  readonly text: string
  readonly start: number
  readonly id: number | undefined
}

/**
 * The tokens that are looked for before a text is cut into pieces, with the tokenizers library's rules for their ids:
 * a token of the model keeps its id, others follow the highest id. The ids in the file are not used.
 *
 * Source: `AddedVocabulary` in tokenizers 0.22.
 */
export class AddedVocabulary {
  readonly #origin: string
  readonly #splitSpecialTokens: boolean
  readonly #modelIds: ReadonlyMap<string, number>
  readonly #modelSize: number
  readonly #normalize: (text: string) => string
  readonly #ids = new Map<string, number>()
  readonly #byId = new Map<number, AddedToken>()
  /** In the order in which they are matched: special ones first. */
  readonly #special = new Map<string, AddedToken>()
  readonly #ordinary: AddedToken[] = []
  #raw: Matcher | undefined
  #normalized: Matcher | undefined

  /** @param options the file's name, for messages; whether special tokens inside a text are cut like text */
  constructor(
    modelIds: ReadonlyMap<string, number>,
    modelSize: number,
    normalize: (text: string) => string,
    { origin, splitSpecialTokens }: { readonly origin: string; readonly splitSpecialTokens: boolean },
  ) {
    this.#origin = origin
    this.#splitSpecialTokens = splitSpecialTokens
    this.#modelIds = modelIds
    this.#modelSize = modelSize
    this.#normalize = normalize
  }

  /** @throws {Fault} when the engine cannot look for so many */
  add(tokens: readonly AddedToken[]): void {
    for (const token of tokens) {
      if (token.special && token.content !== '' && !this.#special.has(token.content)) {
        this.#special.set(token.content, token)
      }
    }
    const existing = new Set([...this.#byId.values()].map(identity))
    let nextId = this.size
    for (const token of tokens) {
      if (token.content === '' || existing.has(identity(token))) continue
      const id = this.id(token.content) ?? nextId++
      this.#ids.set(token.content, id)
      this.#byId.set(id, token)
      if (!this.#special.has(token.content)) this.#ordinary.push(token)
      existing.add(identity(token))
    }
    const all = [...this.#special.values(), ...this.#ordinary]
    this.#raw = this.#matcher(all.filter((token) => !token.normalized))
    this.#normalized = this.#matcher(all.filter((token) => token.normalized))
  }

  /** The id of an added token or of a piece of the model. */
  id(content: string): number | undefined {
    return this.#ids.get(content) ?? this.#modelIds.get(content)
  }

  content(id: number): string | undefined {
    return this.#byId.get(id)?.content
  }

  isSpecial(content: string): boolean {
    return this.#special.has(content)
  }

  /** The highest id of the model and of added tokens, plus 1. */
  get size(): number {
    let size = this.#modelSize
    for (const id of this.#byId.keys()) size = Math.max(size, id + 1)
    return size
  }

  /** Cuts the tokens out that are looked for in the text as it is. */
  splitRaw(text: string): Segment[] {
    return this.#split(text, this.#raw)
  }

  /** Cuts the tokens out that are looked for in normalised text. */
  splitNormalized(text: string): Segment[] {
    return this.#split(text, this.#normalized)
  }

  #matcher(tokens: readonly AddedToken[]): Matcher | undefined {
    const ids = new Map<string, number>()
    for (const token of tokens) {
      if (token.content === '') continue
      const pattern = token.normalized ? this.#normalize(token.content) : token.content
      if (pattern === '') throw this.#findsNothing(token)
      // The first of two tokens that look the same wins, as in the library's automaton.
      if (!ids.has(pattern)) ids.set(pattern, this.id(token.content)!)
    }
    if (ids.size === 0) return undefined
    const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length)
    const regex = new RegExp(longestFirst.map(literalPattern).join('|'), 'g')
    if (!compiles(regex)) {
      const longest = longestFirst[0]!.length
      throw new Fault(
        `Cannot use the tokenizer "${this.#origin}" as its ${ids.size} added tokens, the longest of ${longest} characters, are too many to be looked for`,
      )
    }
    return { regex, ids }
  }

  /** The library's automaton finds it between any two characters: texts fall apart, or the program ends. */
  #findsNothing({ content }: AddedToken): Fault {
    return new Fault(
      `Cannot use the added token ${JSON.stringify(content)} of the tokenizer "${this.#origin}" as its normalizer leaves nothing of it: add it with normalized=False`,
    )
  }

  #split(text: string, matcher: Matcher | undefined): Segment[] {
    const segments: Segment[] = []
    let done = 0
    if (matcher !== undefined) {
      for (const match of text.matchAll(matcher.regex)) {
        let start = match.index
        let stop = start + match[0].length
        const id = matcher.ids.get(match[0])!
        const token = this.#byId.get(id)!
        if (this.#splitSpecialTokens && this.isSpecial(token.content)) continue
        if (token.singleWord && (endsWithWord(text, start) || startsWithWord(text, stop))) continue
        if (token.lstrip) start = Math.max(spacesBefore(text, start), done)
        if (token.rstrip) stop = spacesAfter(text, stop)
        // The token before it has taken it with its white space.
        if (start >= stop) continue
        if (done < start) segments.push({ text: text.slice(done, start), start: done, id: undefined })
        segments.push({ text: text.slice(start, stop), start, id })
        done = stop
      }
    }
    if (done < text.length) segments.push({ text: text.slice(done), start: done, id: undefined })
    return segments
  }
}

interface Matcher {
  readonly regex: RegExp
  readonly ids: ReadonlyMap<string, number>
}

function identity(token: AddedToken): string {
  const { content, special, singleWord, lstrip, rstrip, normalized } = token
  return JSON.stringify([content, special, singleWord, lstrip, rstrip, normalized])
}

const wordCharacter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u

function startsWithWord(text: string, at: number): boolean {
  return at < text.length && wordCharacter.test(String.fromCodePoint(text.codePointAt(at)!))
}

function endsWithWord(text: string, end: number): boolean {
  if (end === 0) return false
  const isPair = end > 1 && (text.charCodeAt(end - 1) & 0xfc00) === 0xdc00
  return startsWithWord(text, end - (isPair ? 2 : 1))
}

const space = new RegExp(`[${whiteSpace}]`)

function spacesBefore(text: string, end: number): number {
  let start = end
  while (start > 0 && space.test(text[start - 1]!)) start--
  return start
}

function spacesAfter(text: string, start: number): number {
  let end = start
  while (end < text.length && space.test(text[end]!)) end++
  return end
}
