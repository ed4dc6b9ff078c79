/**
 * A trie over byte strings in the double-array layout. A slot is four numbers: at `slot`, where its children are; at
 * `slot + 1`, its parent; at `slot + 2`, the key's number, or -1. The child of `s` for byte `b` is the slot
 * `units[s] ^ (b << 2)` if its parent is `s`.
 *
 * The root is slot 0. There are whole blocks of 256 slots, so that a child's place is always inside the array.
 */
export type ByteTrie = Int32Array

/**
 * Builds the trie of `keys`; key `i` gets the number `values[i]`, and a key that comes twice keeps its last number.
 * Empty keys are left out.
 */
export function byteTrie(keys: readonly Uint8Array[], values: ArrayLike<number>): ByteTrie {
  return doubleArray(linkedTrie(keys, values))
}

/** The number of the whole of `bytes[start, end)`, or -1. */
export function exactMatch(trie: ByteTrie, bytes: Uint8Array, start: number, end: number): number {
  let slot = 0
  for (let i = start; i < end; i++) {
    const child = trie[slot]! ^ (bytes[i]! << 2)
    if (trie[child + 1] !== slot) return -1
    slot = child
  }
  return trie[slot + 2]!
}

/** The end of the longest key that starts at `start`, or -1. */
export function longestMatchEnd(trie: ByteTrie, bytes: Uint8Array, start: number, end: number): number {
  let slot = 0
  let longest = -1
  for (let i = start; i < end; i++) {
    const child = trie[slot]! ^ (bytes[i]! << 2)
    if (trie[child + 1] !== slot) break
    slot = child
    if (trie[slot + 2]! >= 0) longest = i + 1
  }
  return longest
}

/** First-child, next-sibling form: cheap to grow, slow to search. */
interface LinkedTrie {
  readonly size: number
  readonly firstChild: Int32Array
  readonly nextSibling: Int32Array
  readonly label: Uint8Array
  readonly value: Int32Array
}

function linkedTrie(keys: readonly Uint8Array[], values: ArrayLike<number>): LinkedTrie {
  let capacity = 1
  for (const key of keys) capacity += key.length
  const firstChild = new Int32Array(capacity)
  const nextSibling = new Int32Array(capacity)
  const label = new Uint8Array(capacity)
  const value = new Int32Array(capacity).fill(-1)
  // Nearly every key starts with one of a few bytes, whose list of siblings would be walked each time.
  const rootChild = new Int32Array(256)
  let size = 1
  keys.forEach((key, index) => {
    let node = 0
    for (let depth = 0; depth < key.length; depth++) {
      const byte = key[depth]!
      let child = depth === 0 ? rootChild[byte]! : firstChild[node]!
      while (child !== 0 && label[child] !== byte) child = nextSibling[child]!
      if (child === 0) {
        child = size++
        label[child] = byte
        nextSibling[child] = firstChild[node]!
        firstChild[node] = child
        if (depth === 0) rootChild[byte] = child
      }
      node = child
    }
    if (node !== 0) value[node] = values[index]!
  })
  return { size, firstChild, nextSibling, label, value }
}

/** How many blocks of 256 slots are searched for room; older ones are taken as full, which keeps building linear. */
const openBlocks = 16

function doubleArray(source: LinkedTrie): ByteTrie {
  let base = new Int32Array(0)
  let check = new Int32Array(0)
  let value = new Int32Array(0)
  // The free slots of the open blocks in a ring through `previous` and `next`; -1 in `check` marks a free slot.
  let next = new Int32Array(0)
  let previous = new Int32Array(0)
  let firstFree = -1
  let size = 0

  const takeSlot = (slot: number, parent: number): void => {
    check[slot] = parent
    const after = next[slot]!
    if (after === slot) firstFree = -1
    else {
      const before = previous[slot]!
      next[before] = after
      previous[after] = before
      if (firstFree === slot) firstFree = after
    }
  }
  const addBlock = (): void => {
    if (size + 256 > base.length) {
      const length = Math.max(4096, base.length * 2)
      const grown = (old: Int32Array<ArrayBuffer>, fill: number): Int32Array<ArrayBuffer> => {
        const array = new Int32Array(length).fill(fill, old.length)
        array.set(old)
        return array
      }
      base = grown(base, 0)
      check = grown(check, -1)
      value = grown(value, -1)
      next = grown(next, 0)
      previous = grown(previous, 0)
    }
    const closing = size / 256 - openBlocks
    if (closing >= 0) {
      for (let slot = closing * 256; slot < closing * 256 + 256; slot++) if (check[slot] === -1) takeSlot(slot, -2)
    }
    for (let slot = size; slot < size + 256; slot++) {
      next[slot] = slot + 1
      previous[slot] = slot - 1
    }
    const last = size + 255
    if (firstFree === -1) {
      firstFree = size
      next[last] = size
      previous[size] = last
    } else {
      const end = previous[firstFree]!
      next[end] = size
      previous[size] = end
      next[last] = firstFree
      previous[firstFree] = last
    }
    size += 256
  }
  const labels = new Uint8Array(256)
  const children = new Int32Array(256)
  const roomFor = (count: number): number => {
    let slot = firstFree
    if (slot !== -1) {
      do {
        const candidate = slot ^ labels[0]!
        let i = 1
        while (i < count && check[candidate ^ labels[i]!] === -1) i++
        if (i === count) return candidate
        slot = next[slot]!
      } while (slot !== firstFree)
    }
    const candidate = size ^ labels[0]!
    addBlock()
    return candidate
  }

  addBlock()
  takeSlot(0, -2)
  const slots = new Int32Array(source.size)
  const pending = [0]
  while (pending.length > 0) {
    const node = pending.pop()!
    const slot = slots[node]!
    value[slot] = source.value[node]!
    let count = 0
    for (let child = source.firstChild[node]!; child !== 0; child = source.nextSibling[child]!) {
      labels[count] = source.label[child]!
      children[count++] = child
    }
    if (count === 0) continue
    const offset = roomFor(count)
    base[slot] = offset
    for (let i = 0; i < count; i++) {
      const childSlot = offset ^ labels[i]!
      takeSlot(childSlot, slot)
      slots[children[i]!] = childSlot
      pending.push(children[i]!)
    }
  }
  const units = new Int32Array(size * 4)
  for (let slot = 0; slot < size; slot++) {
    units[4 * slot] = base[slot]! * 4
    units[4 * slot + 1] = check[slot]! * 4
    units[4 * slot + 2] = value[slot]!
  }
  return units
}
