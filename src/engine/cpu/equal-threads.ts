import { availableParallelism } from 'node:os'
import type { ParameterSpec } from '../../graph/weighted-graph.ts'

/**
 * How many threads a model's graphs run on: as many as asked for, but that one to four come to the same bits.
 *
 * A product whose result has fewer rows than columns is cut into strips of columns, one a thread, each a multiple of 16.
 * onnxruntime takes sums over more than 128 products in longer blocks where a strip has 64 columns or fewer, so that they are
 * rounded otherwise. Narrow models, where four threads make such strips, use fewer; they have little to share out.
 *
 * @param threads default: as many as the machine has
 * Source: MlasSgemmThreaded and MlasSgemmOperation in onnxruntime's sgemm.cpp.
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
