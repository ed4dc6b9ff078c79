/** Number of values in a signature. */
export const signatureLength = 128

/** Characters in a shingle: long enough to be rare by chance, short enough for sentences and for Chinese. */
const shingleLength = 5

/** No shingle fell into this place of a signature. */
const empty = 0xffffffff
/** What a hash counts as that would be {@link empty}. */
const largest = empty - 1

/**
 * Calls back with a 32-bit hash for every run of 5 UTF-16 units of a text; a shorter text is one run.
 *
 * The hash is rolled (each run's from the one before), then mixed, so that all of its bits are usable.
 */
function forEachShingle(text: string, visit: (hash: number) => void): void {
  const length = text.length
  let rolled = 0
  if (length <= shingleLength) {
    for (let i = 0; i < length; i++) rolled = (Math.imul(rolled, base) + text.charCodeAt(i) + 1) | 0
    visit(mix(rolled))
    return
  }
  for (let i = 0; i < shingleLength; i++) rolled = (Math.imul(rolled, base) + text.charCodeAt(i) + 1) | 0
  visit(mix(rolled))
  for (let i = shingleLength; i < length; i++) {
    rolled = (rolled - Math.imul(leaving, text.charCodeAt(i - shingleLength) + 1)) | 0
    rolled = (Math.imul(rolled, base) + text.charCodeAt(i) + 1) | 0
    visit(mix(rolled))
  }
}

const base = 0x01000193
/** base^(shingleLength - 1): the factor of the character that leaves. */
const leaving = Math.imul(Math.imul(base, base), Math.imul(base, base))

/** murmur3's finaliser. */
function mix(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * Writes a text's MinHash signature: the share of equal values in two signatures estimates the Jaccard similarity of
 * their texts' sets of shingles, but for one in 256 that are equal by chance.
 *
 * One permutation is cut into 128 ranges and the least hash of each is kept, so that a shingle costs one hash and not
 * 128; ranges that stay empty borrow from others, chosen by a hash of range and attempt. Of each hash the lowest byte is
 * kept, which tells enough: candidates are compared exactly.
 *
 * @param signatures one signature after the other, `[texts, 128]`
 * Source: Shrivastava, "Optimal Densification for Fast and Accurate Minwise Hashing", 2017; Li and König, "b-Bit Minwise
 * Hashing", 2010.
 */
export function writeSignature(text: string, signatures: Uint8Array, index: number): void {
  least.fill(empty)
  forEachShingle(text, (hash) => {
    const range = hash >>> 25
    least[range] = Math.min(least[range]!, hash, largest)
  })
  densify(least)
  // Typed arrays keep the lowest byte of what is written into them.
  signatures.set(least, index * signatureLength)
}

/** The least hash of each range, of the text that is being looked at. */
const least = new Uint32Array(signatureLength)

function densify(signature: Uint32Array): void {
  if (!signature.includes(empty)) return
  const filled = signature.slice()
  for (let range = 0; range < signatureLength; range++) {
    if (signature[range] !== empty) continue
    let attempt = 1
    let donor = range
    do {
      donor = mix((range + 1) * 0x9e3779b1 + attempt++) >>> 25
    } while (signature[donor] === empty)
    filled[range] = signature[donor]!
  }
  signature.set(filled)
}

/** The set of a text's shingles as sorted hashes. */
export function shingleSet(text: string): Uint32Array {
  const hashes: number[] = []
  forEachShingle(text, (hash) => hashes.push(hash))
  const sorted = Uint32Array.from(hashes).sort()
  let count = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!
  return sorted.subarray(0, count)
}

/** Jaccard similarity of two sorted sets: shared over all, between 0 and 1. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const difference = a[i]! - b[j]!
    if (difference === 0) {
      shared++
      i++
      j++
    } else if (difference < 0) i++
    else j++
  }
  return shared / (a.length + b.length - shared)
}

/** Key and text number share the 53 exact bits of a double. */
export const maxTexts = 2 ** 21

const bandLength = 4
/** Bands of a signature. */
export const bands = signatureLength / bandLength

/**
 * Sorts texts into buckets in which signatures agree in one of 32 bands of 4 values. Nearly all pairs with a
 * similarity of 0.7 and more share a bucket (1 - (1 - 0.7⁴)³² = 0.9998), and some pairs below.
 *
 * @param signatures `[texts, 128]`, of at most two million texts
 * @param visit called with the numbers of two or more texts, in order; a pair may come in several buckets
 * @param onBand told how many bands have been gone through
 */
export function forEachBucket(
  signatures: Uint8Array,
  visit: (texts: Int32Array) => void,
  onBand: (done: number) => void = () => {},
): void {
  const texts = signatures.length / signatureLength
  if (texts > maxTexts) throw new RangeError(`Cannot compare ${texts} texts: the limit is ${maxTexts}`)
  const view = new DataView(signatures.buffer, signatures.byteOffset)
  // Sorting plain numbers is many times faster than sorting with a comparison.
  const sorted = new Float64Array(texts)
  for (let band = 0; band < bands; band++) {
    for (let text = 0; text < texts; text++) {
      sorted[text] = view.getUint32(text * signatureLength + band * bandLength) * maxTexts + text
    }
    sorted.sort()
    let start = 0
    while (start < texts) {
      const key = Math.floor(sorted[start]! / maxTexts)
      let end = start + 1
      while (end < texts && Math.floor(sorted[end]! / maxTexts) === key) end++
      if (end - start > 1) visit(Int32Array.from(sorted.subarray(start, end), (value) => value % maxTexts))
      start = end
    }
    onBand(band + 1)
  }
}
