import type { GraphBuilder } from './builder.ts'
import { product } from './dim.ts'
import type { Value } from './ops.ts'

/**
 * Picks rows by an index whose inverse is known, so that the gradient is a gather too.
 *
 * `inverse` says for each element of `data`'s first axis which row of the flattened result it became; a row that was
 * not picked points at `product(indices.shape)`, one past the end, and gets a zero cotangent. Likewise `indices` may point one
 * past the end of `data` to pick zeros. Each row is picked at most once.
 *
 * @param inside which of the two never point past the end; so `indices` may also pick anything where a zero cotangent is sure to
 *   come back
 *
 *   data [N, D], indices [...I] -> [...I, D]
 */
export function permuteRows(
  g: GraphBuilder,
  data: Value,
  indices: Value,
  inverse: Value,
  inside: readonly Value[] = [],
): Value {
  const pick = (rows: Value, index: Value): Value => {
    if (inside.includes(index)) return g.gather(rows, index)
    const width = rows.shape.slice(1)
    const zero = g.constant('float', new Array(Number(product(width))).fill(0), [1, ...width])
    return g.gather(g.concat([rows, zero], 0), index)
  }
  return g.withGradient(
    [data],
    () => pick(data, indices),
    (cotangent) => {
      const flat = g.reshape(cotangent, [-1, ...data.shape.slice(1)])
      return [g.reshapeLike(pick(flat, inverse), data)]
    },
  )
}
