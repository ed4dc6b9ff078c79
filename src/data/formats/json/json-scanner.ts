import { Fault } from '../../../base/fault.ts'
import { LineCounter } from '../../../base/lines.ts'
import { maxRecordLength } from '../../../base/utf8-text.ts'

/** A JSON value cut out of a longer text, not yet parsed. */
export interface JsonPiece {
  readonly text: string
  /** 1-based line on which it begins. */
  readonly line: number
}

/**
 * Walks through a JSON text that comes in pieces, value by value, without holding more than one of them.
 *
 * Values are cut by their brackets and quotes only; whether they are JSON inside is for `parseJson` to say.
 */
export class JsonScanner {
  readonly #file: string
  readonly #source: AsyncIterator<string>
  readonly #lines = new LineCounter()
  #text = ''
  /** Where the next character stands in `#text`. */
  #at = 0
  #ended = false

  constructor(text: AsyncIterable<string>, file: string) {
    this.#file = file
    this.#source = text[Symbol.asyncIterator]()
  }

  get line(): number {
    return this.#lines.line
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.#source.return?.()
  }

  /** The next character that is not white space, or nothing at the end; it is not taken. */
  async peek(): Promise<string | undefined> {
    for (;;) {
      let at = this.#at
      while (at < this.#text.length && isSpace(this.#text.charCodeAt(at))) at++
      if (at > this.#at) this.#take(at - this.#at)
      if (at < this.#text.length) return this.#text[at]
      if (!(await this.#refill())) return undefined
    }
  }

  /** Takes a character that must be there, such as a bracket or colon. */
  async expect(wanted: string): Promise<void> {
    const found = await this.peek()
    if (found !== wanted) throw this.fault(`expected ${wanted} and found ${found ?? 'the end'}`)
    this.#take(1)
  }

  /** Takes the next character if it is the given one. */
  async accept(wanted: string): Promise<boolean> {
    if ((await this.peek()) !== wanted) return false
    this.#take(1)
    return true
  }

  /** Takes a whole value. */
  async value(): Promise<JsonPiece> {
    const first = await this.peek()
    if (first === undefined) throw this.fault('it ends where a value should stand')
    const line = this.line
    // From here to the value's end places in the text stay what they are: text is only added.
    this.#text = this.#text.slice(this.#at)
    this.#at = 0
    const end = first === '"' ? await this.#stringEnd(0) : await this.#valueEnd(first)
    const text = this.#text.slice(0, end)
    this.#take(end)
    return { text, line }
  }

  fault(problem: string, line = this.line): Fault {
    return new Fault(`Cannot read "${this.#file}" as JSON at line ${line}: ${problem}`)
  }

  async #valueEnd(first: string): Promise<number> {
    if (first !== '{' && first !== '[') return this.#scalarEnd()
    let depth = 0
    const mark = /["{}[\]]/g
    for (;;) {
      const found = mark.exec(this.#text)
      if (found === null) {
        const length = this.#text.length
        await this.#more()
        mark.lastIndex = length
        continue
      }
      if (found[0] === '"') mark.lastIndex = await this.#stringEnd(found.index)
      else if (found[0] === '{' || found[0] === '[') depth++
      else if (--depth === 0) return mark.lastIndex
    }
  }

  /** Where a string ends that begins with the quote at `start`. */
  async #stringEnd(start: number): Promise<number> {
    let at = start + 1
    for (;;) {
      const quote = this.#text.indexOf('"', at)
      if (quote === -1) {
        at = this.#text.length
        await this.#more()
        continue
      }
      let backslashes = 0
      while (this.#text[quote - 1 - backslashes] === '\\') backslashes++
      if (backslashes % 2 === 0) return quote + 1
      at = quote + 1
    }
  }

  async #scalarEnd(): Promise<number> {
    const end = /[\s,\]}:]/g
    for (;;) {
      const found = end.exec(this.#text)
      if (found !== null) {
        if (found.index === 0) throw this.fault(`expected a value and found ${found[0]}`)
        return found.index
      }
      const length = this.#text.length
      if (length > maxScalarLength) throw this.fault('what begins there is no value: is it the right format?')
      if (!(await this.#refill())) return this.#text.length
      end.lastIndex = length
    }
  }

  /** Reads on inside a value, which must not be over: as much again as is there, so that long values are not copied often. */
  async #more(): Promise<void> {
    if (this.#text.length > maxRecordLength) {
      throw this.fault(
        `the value that begins there is longer than ${maxRecordLength / 1024 / 1024} Mi characters: set at if it holds the rows`,
      )
    }
    const pieces: string[] = []
    let added = 0
    while (added <= this.#text.length && !this.#ended) {
      const piece = await this.#next()
      pieces.push(piece)
      added += piece.length
    }
    if (added === 0) throw this.fault('the value that begins there never ends: is the file whole?')
    this.#text += pieces.join('')
  }

  /** Adds the next piece of text, dropping what was taken. */
  async #refill(): Promise<boolean> {
    if (this.#ended) return false
    this.#text = this.#text.slice(this.#at) + (await this.#next())
    this.#at = 0
    return !this.#ended
  }

  /** The next piece of text; nothing at the end. */
  async #next(): Promise<string> {
    const { done, value } = await this.#source.next()
    if (done !== true) return value
    this.#ended = true
    return ''
  }

  #take(count: number): void {
    this.#lines.add(this.#text.slice(this.#at, this.#at + count))
    this.#at += count
  }
}

/** No number is longer, and the other values without quotes or brackets are words. */
const maxScalarLength = 1024 * 1024

/** Space, line feed, carriage return or tab. */
function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}
