/** Python's `random.Random(seed).shuffle`, so that both sides of a benchmark draw the same batches. */
export function pythonShuffle<T>(items: T[], seed: number): void {
  const next = mersenneTwister(seed)
  const below = (n: number): number => {
    const bits = 32 - Math.clz32(n)
    for (;;) {
      const value = next() >>> (32 - bits)
      if (value < n) return value
    }
  }
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const swapped = items[i]!
    items[i] = items[j]!
    items[j] = swapped
  }
}

/** MT19937, seeded by an array of one 32-bit number as Python seeds with a small integer. */
function mersenneTwister(seed: number): () => number {
  const size = 624
  const state = new Uint32Array(size)
  state[0] = 19650218
  for (let i = 1; i < size; i++) {
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30)
    state[i] = Math.imul(previous, 1812433253) + i
  }
  let at = 1
  const mix = (factor: number, add: number): void => {
    const previous = state[at - 1]! ^ (state[at - 1]! >>> 30)
    state[at] = (state[at]! ^ Math.imul(previous, factor)) + add
    if (++at === size) {
      state[0] = state[size - 1]!
      at = 1
    }
  }
  for (let k = 0; k < size; k++) mix(1664525, seed)
  for (let k = 1; k < size; k++) mix(1566083941, -at)
  state[0] = 0x80000000
  let used = size
  return () => {
    if (used === size) {
      for (let i = 0; i < size; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff)
        state[i] = state[(i + 397) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
      }
      used = 0
    }
    let y = state[used++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }
}
