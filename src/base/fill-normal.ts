import type { Random } from './random.ts'

/**
 * Fills an array with normal deviates of mean 0, 2.5 times as fast as `Random.normal` (300 million in 6 s).
 *
 * Ziggurat of 128 layers of equal area under exp(-x²/2). One 32-bit number gives layer (7 bits), sign (1 bit) and the place
 * within the layer (24 bits, the precision of a float32).
 *
 * Source: Marsaglia and Tsang, "The Ziggurat Method for Generating Random Variables" (2000), with separate bits for
 * layer and place.
 */
export function fillNormal(target: Float32Array, standardDeviation: number, random: Random): void {
  for (let i = 0; i < target.length; i++) target[i] = standardDeviation * draw(random)
}

const layerCount = 128
/** Where the lowest layer's rectangle ends and the tail begins, and the area of each layer. */
const tailStart = 3.442619855899
const layerArea = 9.91256303526217e-3

/** Right ends of the layers from the lowest, whose end is that of a rectangle of the same area as it and the tail. */
const rightEnds = layerEnds()
const layerHeights = rightEnds.map((end) => Math.exp(-0.5 * end * end))

function layerEnds(): Float64Array {
  const ends = new Float64Array(layerCount + 1)
  ends[0] = layerArea / Math.exp(-0.5 * tailStart * tailStart)
  ends[1] = tailStart
  for (let layer = 2; layer < layerCount; layer++) {
    const below = ends[layer - 1]!
    ends[layer] = Math.sqrt(-2 * Math.log(layerArea / below + Math.exp(-0.5 * below * below)))
  }
  return ends
}

function draw(random: Random): number {
  for (;;) {
    const bits = random.uint32()
    const layer = bits & 127
    const x = ((bits >>> 8) / 16777216) * rightEnds[layer]!
    const sign = bits & 128 ? -1 : 1
    if (x < rightEnds[layer + 1]!) return sign * x
    if (layer === 0) return sign * drawTail(random)
    const low = layerHeights[layer]!
    const y = low + (layerHeights[layer + 1]! - low) * random.uniform()
    if (y < Math.exp(-0.5 * x * x)) return sign * x
  }
}

/** Marsaglia's method for the part beyond the lowest rectangle. */
function drawTail(random: Random): number {
  for (;;) {
    const x = -Math.log(1 - random.uniform()) / tailStart
    const y = -Math.log(1 - random.uniform())
    if (2 * y >= x * x) return tailStart + x
  }
}
