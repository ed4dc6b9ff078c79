import { availableParallelism } from 'node:os'
import type { ParameterSpec } from '../../graph/weighted-graph.ts'

/**
 * How many threads a model's graphs run on: as many as asked for, but that one to four come to the same bits, whatever the extents
 * of a pass. Narrow models, where four threads make strips of 64 columns or fewer (why that matters: {@link GraphProducts}), use
 * fewer; they have little to share out, and passes whose extents are known may take more.
 *
 * @param threads default: as many as the machine has
 */
export function equalThreads(parameters: readonly ParameterSpec[], threads: number | undefined): number | undefined {
  const most = Math.min(...parameters.map(({ shape }) => threadsOfProducts(shape)))
  return most >= 4 ? threads : Math.min(threads ?? availableParallelism(), most)
}

/** Of the products with a matrix and with its transpose. */
function threadsOfProducts(shape: readonly number[]): number {
  if (shape.length !== 2) return Number.POSITIVE_INFINITY
  const [rows, columns] = shape as readonly [number, number]
  return Math.min(threadsOfStrips(rows, columns), threadsOfStrips(columns, rows))
}

/** @param terms of each sum */
function threadsOfStrips(columns: number, terms: number): number {
  if (terms <= 128) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor(Math.ceil(columns / 16) / 5))
}
