/**
 * Clipped n-gram matches of one sequence against others, over integer tokens.
 *
 * All n-grams of the references form a trie whose edges lie in one open-addressing hash table; `clear()` costs nothing,
 * so one table serves a whole corpus.
 */
export class NgramTable {
  #mask = 1023
  #edgeEpoch = new Int32Array(1024)
  #edgeParent = new Int32Array(1024)
  #edgeToken = new Int32Array(1024)
  #edgeChild = new Int32Array(1024)
  #epoch = 1
  #nodes = 1
  #sequences = 0
  /** By node: the largest count in any sequence, the count in the latest one and which that is, and matches so far. */
  #limit = new Int32Array(512)
  #count = new Int32Array(512)
  #countedIn = new Int32Array(512)
  #matched = new Int32Array(512)

  clear(): void {
    this.#epoch++
    this.#nodes = 1
    this.#sequences = 0
  }

  /** Adds the n-grams (1 ≤ n ≤ order) of one more sequence; counts are the maximum over the sequences added. */
  add(tokens: ArrayLike<number>, order: number): void {
    this.#sequences++
    for (let start = 0; start < tokens.length; start++) {
      let node = 0
      const end = Math.min(tokens.length, start + order)
      for (let i = start; i < end; i++) {
        node = this.#childOrNew(node, tokens[i]!)
        if (this.#countedIn[node] !== this.#sequences) {
          this.#countedIn[node] = this.#sequences
          this.#count[node] = 0
        }
        const count = ++this.#count[node]!
        if (count > this.#limit[node]!) this.#limit[node] = count
      }
    }
  }

  /**
   * Adds to `matches[offset + (n - 1) * stride]` how many of the sequence's n-grams are found, each at most as often as
   * it was added. Counts once only: clear before the next.
   */
  match(tokens: ArrayLike<number>, order: number, matches: Float64Array, offset: number, stride = 1): void {
    for (let start = 0; start < tokens.length; start++) {
      let node = 0
      const end = Math.min(tokens.length, start + order)
      for (let i = start; i < end; i++) {
        node = this.#child(node, tokens[i]!)
        if (node === 0) break
        if (this.#matched[node]! < this.#limit[node]!) {
          this.#matched[node]!++
          matches[offset + (i - start) * stride]!++
        }
      }
    }
  }

  #slot(parent: number, token: number): number {
    let hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    let slot = (hash ^ (hash >>> 13)) & this.#mask
    while (
      this.#edgeEpoch[slot] === this.#epoch &&
      (this.#edgeParent[slot] !== parent || this.#edgeToken[slot] !== token)
    ) {
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #child(parent: number, token: number): number {
    const slot = this.#slot(parent, token)
    return this.#edgeEpoch[slot] === this.#epoch ? this.#edgeChild[slot]! : 0
  }

  #childOrNew(parent: number, token: number): number {
    const slot = this.#slot(parent, token)
    if (this.#edgeEpoch[slot] === this.#epoch) return this.#edgeChild[slot]!
    const node = this.#nodes++
    if (node === this.#limit.length) this.#growNodes()
    this.#limit[node] = 0
    this.#countedIn[node] = 0
    this.#matched[node] = 0
    this.#edgeEpoch[slot] = this.#epoch
    this.#edgeParent[slot] = parent
    this.#edgeToken[slot] = token
    this.#edgeChild[slot] = node
    if (2 * this.#nodes > this.#mask) this.#growEdges()
    return node
  }

  #growNodes(): void {
    const grown = (old: Int32Array<ArrayBuffer>) => {
      const array = new Int32Array(old.length * 2)
      array.set(old)
      return array
    }
    this.#limit = grown(this.#limit)
    this.#count = grown(this.#count)
    this.#countedIn = grown(this.#countedIn)
    this.#matched = grown(this.#matched)
  }

  #growEdges(): void {
    const [epochs, parents, tokens, children] = [this.#edgeEpoch, this.#edgeParent, this.#edgeToken, this.#edgeChild]
    const size = epochs.length * 2
    this.#mask = size - 1
    this.#edgeEpoch = new Int32Array(size)
    this.#edgeParent = new Int32Array(size)
    this.#edgeToken = new Int32Array(size)
    this.#edgeChild = new Int32Array(size)
    for (let i = 0; i < epochs.length; i++) {
      if (epochs[i] !== this.#epoch) continue
      const slot = this.#slot(parents[i]!, tokens[i]!)
      this.#edgeEpoch[slot] = this.#epoch
      this.#edgeParent[slot] = parents[i]!
      this.#edgeToken[slot] = tokens[i]!
      this.#edgeChild[slot] = children[i]!
    }
  }
}
