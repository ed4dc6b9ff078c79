/** Small integers for strings: 0, 1, 2, … in the order in which they are first seen. */
export class StringIds {
  readonly #ids = new Map<string, number>()

  idOf(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    this.#ids.set(text, this.#ids.size)
    return this.#ids.size - 1
  }
}
