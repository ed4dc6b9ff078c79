/** Items of which the one with the smallest number comes first; among equal numbers in no order. */
export class SmallestFirst<T> {
  readonly #heap: { readonly number: number; readonly item: T }[] = []

  get size(): number {
    return this.#heap.length
  }

  /** The smallest number; `undefined` where nothing is left. */
  get first(): number | undefined {
    return this.#heap[0]?.number
  }

  add(number: number, item: T): void {
    const heap = this.#heap
    let at = heap.push({ number, item }) - 1
    for (let above = (at - 1) >> 1; at > 0 && heap[above]!.number > number; above = (at - 1) >> 1) {
      this.#swap(at, above)
      at = above
    }
  }

  /** Takes the item with the smallest number out. */
  take(): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || heap.length === 0) return first?.item
    heap[0] = last!
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const below = right < heap.length && heap[right]!.number < heap[left]!.number ? right : left
      if (below >= heap.length || heap[below]!.number >= heap[at]!.number) return first.item
      this.#swap(at, below)
      at = below
    }
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap
    ;[heap[one], heap[other]] = [heap[other]!, heap[one]!]
  }
}
