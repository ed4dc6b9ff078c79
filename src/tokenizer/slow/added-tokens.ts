import { trimPythonEnd, trimPythonStart } from '../parts/white-space.ts'
import type { AddedToken } from '../tokenizer.ts'
import { AddedTokenTrie } from './added-token-trie.ts'
import { contentOf, type SlowSettings, type SpecialToken, specialAttributes } from './slow-settings.ts'

/** The vocabulary that tokens are added to. */
export interface BaseVocabulary {
  /** How many ids it has; a listed special token with an id from there on is written between spaces. */
  readonly size: number
  readonly ids: ReadonlyMap<string, number>
  name(id: number): string | undefined
}

/** What a tokenizer's class in transformers adds before the files are looked at. */
export interface ClassTokens {
  readonly special: ReadonlyMap<string, SpecialToken>
  readonly additional: readonly SpecialToken[]
  readonly added: readonly (readonly [id: number, token: AddedToken])[]
}

/**
 * The tokens that a tokenizer of transformers has beside its vocabulary, with the ids that they get there.
 *
 * Source: `PreTrainedTokenizer` in transformers 4.57, whose tables these are: a token may have an id that the vocabulary
 * has as well, and two tokens may come to have one id.
 */
export class AddedTokens {
  /** Texts of the tokens that are left out when decoding. */
  readonly special: ReadonlySet<string>
  readonly #base: BaseVocabulary
  readonly #byId = new Map<number, AddedToken>()
  readonly #ids = new Map<string, number>()
  readonly #trie: AddedTokenTrie
  readonly #specialIds: ReadonlySet<number>
  /** Tokens that stand for themselves between spaces when decoding. */
  readonly #apart: ReadonlySet<string>
  readonly #split: boolean

  constructor(base: BaseVocabulary, tokens: ClassTokens, settings: SlowSettings) {
    this.#base = base
    for (const [id, token] of [...tokens.added, ...(settings.added ?? [])]) this.#byId.set(id, token)
    for (const [id, { content }] of this.#byId) this.#ids.set(content, id)
    const specials = allSpecials(tokens, settings)
    this.#addMissing(specials)
    this.special = new Set(specials.map(contentOf))
    this.#trie = new AddedTokenTrie([...this.#byId.values()].map(({ content }) => content))
    this.#specialIds = new Set([...this.special].map((content) => this.idOf(content)!))
    this.#split = settings.splitSpecialTokens ?? false
    const apart = [...this.#ids.keys()].filter((content) => !this.special.has(content))
    const behind = tokens.additional.map(contentOf).filter((content) => this.idOf(content)! >= base.size)
    this.#apart = new Set([...apart, ...behind])
  }

  /** The largest id + 1. */
  get size(): number {
    let size = this.#base.size
    for (const id of this.#byId.keys()) size = Math.max(size, id + 1)
    return size
  }

  /** Id of an added token, else of the vocabulary. */
  idOf(content: string): number | undefined {
    return this.#ids.get(content) ?? this.#base.ids.get(content)
  }

  /** Added tokens with their ids. */
  entries(): Iterable<[string, number]> {
    return this.#ids
  }

  /** Added tokens in the order of their ids. */
  tokens(): (AddedToken & { readonly id: number })[] {
    const ordered = [...this.#byId].sort(([a], [b]) => a - b)
    return ordered.map(([id, token]) => ({ ...token, id, special: token.special || this.special.has(token.content) }))
  }

  /** Id of an added token only. */
  addedId(content: string): number | undefined {
    return this.#ids.get(content)
  }

  /**
   * A text cut at its added tokens, which take the white space beside them with them where they are said to. A part is
   * an added token when `addedId` knows it, and ordinary text otherwise.
   *
   * Source: `PreTrainedTokenizer.tokenize`; a `single_word` token that stands inside a word joins the part beside it.
   */
  cut(text: string): string[] {
    if (this.#split) return text === '' ? [] : [text]
    const parts = this.#trie.split(text)
    for (let i = 0; i < parts.length; i++) {
      const id = this.#ids.get(parts[i]!)
      if (id !== undefined) this.#settle(parts, i, this.#byId.get(id)!)
    }
    return parts.filter((part) => part !== '')
  }

  #settle(parts: string[], i: number, token: AddedToken): void {
    const part = parts[i]!
    const left = i > 0 ? parts[i - 1]! : ''
    const right = parts[i + 1] ?? ''
    if (token.rstrip && right !== '') parts[i + 1] = trimPythonStart(right)
    if (token.lstrip && left !== '') parts[i - 1] = trimPythonEnd(left)
    if (!token.singleWord) return
    if (left !== '' && !left.endsWith(' ')) {
      parts[i - 1] += part
      parts[i] = ''
    } else if (right !== '' && !right.startsWith(' ')) {
      parts[i + 1] = part + parts[i + 1]!
      parts[i] = ''
    }
  }

  /** Whether a part that `cut` gave is an added token. */
  isAdded(part: string): boolean {
    return !this.#split && this.#ids.has(part)
  }

  /**
   * The text of ids: stretches of the vocabulary's tokens through `toText`, added tokens as they are, spaces between.
   *
   * Source: `PreTrainedTokenizer._decode`.
   */
  decode(ids: ArrayLike<number>, skipSpecial: boolean, toText: (names: string[]) => string): string {
    const parts: string[] = []
    let stretch: string[] = []
    for (let i = 0; i < ids.length; i++) {
      const name = this.#name(ids[i]!, skipSpecial)
      if (name === undefined) continue
      if (!this.#apart.has(name)) {
        stretch.push(name)
        continue
      }
      const before = stretch.length > 0 ? toText(stretch) : ''
      if (before !== '') parts.push(before)
      parts.push(name)
      stretch = []
    }
    if (stretch.length > 0) parts.push(toText(stretch))
    return parts.join(' ')
  }

  #name(id: number, skipSpecial: boolean): string | undefined {
    if (skipSpecial && this.#specialIds.has(id)) return undefined
    const name = this.#byId.get(id)?.content ?? this.#base.name(id)
    return name !== undefined && skipSpecial && this.special.has(name) ? undefined : name
  }

  /** Gives ids to the special tokens that have none, behind as many ids as there are names. */
  #addMissing(specials: readonly SpecialToken[]): void {
    const vocabulary = new CurrentVocabulary(this.#base, this.#byId)
    let nextId = vocabulary.count
    for (const token of specials.filter((one) => typeof one !== 'string' || !this.#ids.has(one))) {
      const content = contentOf(token)
      if (content === '' || (typeof token === 'string' && this.#ids.has(content))) continue
      const id = vocabulary.idOf(content) ?? nextId++
      vocabulary.set(content, id)
      const plain = { content, singleWord: false, lstrip: false, rstrip: false, normalized: false }
      this.#byId.set(id, typeof token === 'string' ? { ...plain, special: true } : { ...token, special: true })
      this.#ids.set(content, id)
    }
  }
}

/** The names of the vocabulary, those of added tokens in place of the ones whose ids they have. */
class CurrentVocabulary {
  readonly count: number
  readonly #base: BaseVocabulary
  readonly #hidden = new Set<string>()
  readonly #added: Map<string, number>

  constructor(base: BaseVocabulary, byId: ReadonlyMap<number, AddedToken>) {
    this.#base = base
    const sorted = [...byId].sort(([a], [b]) => a - b)
    this.#added = new Map(sorted.map(([id, { content }]) => [content, id]))
    for (const [id, { content }] of sorted) {
      const name = base.name(id)
      if (name !== undefined && name !== content) this.#hidden.add(name)
    }
    let count = base.ids.size
    for (const name of this.#hidden) if (!this.#added.has(name)) count--
    for (const content of this.#added.keys()) if (!base.ids.has(content)) count++
    this.count = count
  }

  idOf(content: string): number | undefined {
    return this.#added.get(content) ?? (this.#hidden.has(content) ? undefined : this.#base.ids.get(content))
  }

  set(content: string, id: number): void {
    this.#added.set(content, id)
  }
}

/** Every special token once, in the order in which they are added. */
function allSpecials(tokens: ClassTokens, settings: SlowSettings): SpecialToken[] {
  const found: SpecialToken[] = []
  const seen = new Set<string>()
  const add = (some: readonly SpecialToken[]): void => {
    const fresh = some.filter((token) => !seen.has(contentOf(token)))
    found.push(...fresh)
    for (const token of fresh) seen.add(contentOf(token))
  }
  for (const name of specialAttributes) {
    const token = tokens.special.get(name)
    if (token !== undefined) add([token])
  }
  add(tokens.additional)
  for (const token of settings.named ?? []) add([token])
  return found
}
