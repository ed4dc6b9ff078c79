/** At most `factor * n ** degree * base ** n` ways to go through a pattern from one place of a text of n characters. */
export interface PatternPaths {
  readonly factor: number
  readonly degree: number
  readonly base: number
}

/**
 * Bounds how many ways a backtracking engine may try: choices one after the other multiply, alternatives add up, a
 * repetition of something fixed has as many as the text has characters, and one of something with a choice has them for each
 * character anew. What is not understood here has no bound: its factor is infinite.
 *
 * @param source of a JavaScript regular expression with the flag `u`
 */
export function pathsOf(source: string): PatternPaths {
  const reader = new PatternReader(source)
  const paths = reader.alternatives(0)
  return reader.isAtEnd ? paths : unbounded
}

const one: PatternPaths = { factor: 1, degree: 0, base: 1 }
const unbounded: PatternPaths = { factor: Number.POSITIVE_INFINITY, degree: 0, base: 1 }
/** Deeper patterns are not worth understanding. */
const deepest = 100

class PatternReader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#source.length
  }

  alternatives(depth: number): PatternPaths {
    let sum = this.#sequence(depth)
    while (this.#takes(/\|/y) !== undefined) sum = plus(sum, this.#sequence(depth))
    return sum
  }

  #sequence(depth: number): PatternPaths {
    let product = one
    while (!this.isAtEnd && !/[|)]/.test(this.#source[this.#at]!)) product = times(product, this.#repeated(depth))
    return product
  }

  #repeated(depth: number): PatternPaths {
    const start = this.#at
    const atom = this.#atom(depth)
    const found = this.#takes(/(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y)
    if (found === undefined) return atom
    const looksAround = /\(\?<?[=!]/.test(this.#source.slice(start, this.#at))
    const [text, least, range, most] = found
    if (text.startsWith('?')) return plus(atom, one)
    const from = Number(least ?? 0)
    const to = least === undefined || (range !== undefined && most === '') ? undefined : Number(most ?? least)
    const isFixed = atom.factor === 1 && atom.degree === 0 && atom.base === 1
    if (to === undefined && isFixed) return { ...one, degree: 1 }
    // What looks around goes through more of the text than it takes.
    if (to === undefined) return from > 1 || looksAround ? unbounded : repeatedPaths(atom)
    if (isFixed) return { ...one, factor: to - from + 1 }
    return { factor: (to - from + 1) * atom.factor ** to, degree: atom.degree * to, base: atom.base }
  }

  #atom(depth: number): PatternPaths {
    if (this.#takes(/\((?:\?(?:[:=!]|<[=!]|<[^>=!][^>]*>))?/y) !== undefined) {
      if (depth > deepest) return this.#giveUp()
      const inner = this.alternatives(depth + 1)
      return this.#takes(/\)/y) === undefined ? this.#giveUp() : inner
    }
    // A reference to what a group has matched is of no known length.
    if (this.#takes(/\\(?:[1-9]|k<)/y) !== undefined) return this.#giveUp()
    const single = /\\(?:[pPu]\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|.)|\[(?:\\.|[^\]\\])*\]|[^\\[(]/suy
    return this.#takes(single) === undefined ? this.#giveUp() : one
  }

  #giveUp(): PatternPaths {
    this.#at = this.#source.length
    return unbounded
  }

  #takes(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#source)
    if (found === null) return undefined
    this.#at += found[0].length
    return found
  }
}

function times(a: PatternPaths, b: PatternPaths): PatternPaths {
  return { factor: a.factor * b.factor, degree: a.degree + b.degree, base: Math.max(a.base, b.base) }
}

function plus(a: PatternPaths, b: PatternPaths): PatternPaths {
  return { factor: a.factor + b.factor, degree: Math.max(a.degree, b.degree), base: Math.max(a.base, b.base) }
}

/**
 * Of any number of repetitions, each of which takes a character at least: n characters are cut into k of them in C(n - 1, k - 1)
 * ways, each has its factor, and the product of their lengths is at most e ** (n / e). Where none fits any more one was tried.
 */
function repeatedPaths({ factor, degree, base }: PatternPaths): PatternPaths {
  return {
    factor: (1 + factor) ** 2,
    degree: degree + 1,
    base: base * Math.exp(degree / Math.E) * (1 + factor),
  }
}
