import type { GraphBuilder } from '../../graph/builder.ts'
import { product, type Shape } from '../../graph/dim.ts'
import type { Value } from '../../graph/ops.ts'

/** A dropout mask: factors of 0 or 1/keep. */
export interface DropoutMask {
  readonly value: Value
  /**
   * The same factors for the reverse pass, made anew: kept until then, the factors of all sites would be most of what an update
   * holds.
   */
  readonly again: () => Value
}

/** `x · mask` where there is one, else `x`. */
export function dropped(g: GraphBuilder, x: Value, mask: DropoutMask | undefined): Value {
  if (!mask) return x
  return g.withGradient(
    [x],
    () => g.mul(x, mask.value),
    (ct) => [g.mul(ct, mask.again())],
  )
}

/** The graph input that holds the factor of what is kept, 1/keep, [1], where masks come as bytes. */
export const keptFactor = 'kept_factor'

/**
 * A dropout mask that comes as a byte an element, 0 or 1. It is made into factors under another shape the second time, as of two
 * equal nodes onnxruntime would make one and keep what it gives.
 *
 * @param bytes uint8, of the mask's shape
 * @param factor of what is kept, [1]
 */
export function maskOfBytes(g: GraphBuilder, bytes: Value, factor: Value): DropoutMask {
  const factors = (of: Value): Value => g.mul(g.cast(of, 'float'), factor)
  return { value: factors(bytes), again: () => g.reshapeLike(factors(g.reshape(bytes, [-1])), bytes) }
}

/**
 * The graph inputs that hold the factors of every byte's eight bits, [256, 8], the lowest bit first. There are two of the same
 * numbers, as of equal nodes over one input onnxruntime would make one and keep what it gives.
 */
export const maskFactors = ['mask_factors', 'mask_factors_again'] as const

/**
 * A dropout mask that comes as one bit an element, the lowest of each byte first: each byte picks its eight factors from a
 * table that is an input of the graph too.
 *
 * @param bits int32 [ceil(elements / 8)], a byte each
 * @param bound gives a shape's extents in a run, int64 [rank]
 * @returns the factors, of that shape
 */
export function unpackedMask(
  g: GraphBuilder,
  bits: Value,
  factors: Value,
  shape: Shape,
  bound: (shape: Shape) => Value,
): Value {
  const all = g.gather(factors, bits) // [bytes, 8]
  const width = shape.at(-1)!
  const symbols = shape.filter((dim) => typeof dim !== 'number').length
  const types = [{ type: 'float', shape }] as const
  // Whole bytes: no element too many.
  if (typeof width === 'number' && width % 8 === 0 && symbols === 1) {
    const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : -1))
    return g.apply('Reshape', [all, g.constant('int64', sizes)], { shape }, types)
  }
  const count = product(shape)
  const elements = g.slice(g.reshape(all, [-1]), 0, g.constant('int64', [0]), bound([count]), count)
  return g.apply('Reshape', [elements, bound(shape)], { shape }, types)
}
