import type { GraphBuilder } from '../../graph/builder.ts'
import { product, type Shape } from '../../graph/dim.ts'
import type { Value } from '../../graph/ops.ts'

/** The graph input that holds the factors of every byte's eight bits, [256, 8], the lowest bit first. */
export const maskFactors = 'mask_factors'

/**
 * A dropout mask that comes as one bit an element, the lowest of each byte first: each byte picks its eight factors from a
 * table that is an input of the graph too.
 *
 * @param bits uint8 [ceil(elements / 8)]
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
  const all = g.gather(factors, g.cast(bits, 'int32')) // [bytes, 8]
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
