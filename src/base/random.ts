/** A seeded source of random numbers; the same seed gives the same numbers on every machine. */
export interface Random {
  /** A 32-bit unsigned integer. */
  uint32(): number
  /** A float in [0, 1) with 53 random bits. */
  uniform(): number
  /** An integer in [0, n), without modulo bias. */
  below(n: number): number
  /** A standard normal deviate (Box-Muller). */
  normal(): number
  /** The integers 0 … n-1 in random order (Fisher-Yates). */
  permutation(n: number): Int32Array
}

/**
 * Makes a generator from a seed (sfc32, its state filled by splitmix32).
 *
 * @param seed any safe integer, or several: each part changes the sequence, so that `[seed, epoch]` needs no arithmetic
 */
export function seededRandom(seed: number | readonly number[]): Random {
  let mix = 0x9e3779b9
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return z ^ (z >>> 15)
  }
  for (const part of typeof seed === 'number' ? [seed] : seed) {
    if (!Number.isSafeInteger(part)) throw new RangeError(`Cannot seed with ${part} as it is not a safe integer`)
    mix = (mix ^ (part | 0)) | 0
    mix = splitmix() ^ Math.floor(part / 2 ** 32)
    mix = splitmix()
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let counter = 1
  const uint32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) uint32()
  let spare: number | undefined
  const random: Random = {
    uint32,
    uniform: () => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992,
    below(n) {
      if (!(n >= 1 && n <= 4294967296)) throw new RangeError(`Cannot draw below ${n}`)
      const limit = 4294967296 - (4294967296 % n)
      for (;;) {
        const value = uint32()
        if (value < limit) return value % n
      }
    },
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()))
      const angle = 2 * Math.PI * random.uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = random.below(i + 1)
        const swapped = order[i]!
        order[i] = order[j]!
        order[j] = swapped
      }
      return order
    },
  }
  return random
}
