import type { Dialect } from '../../graph/dialect.ts'

/**
 * onnxruntime's WebGPU provider. It has no `FusedMatMul`, and in place of 1/rms `SimplifiedLayerNormalization` gives the mean,
 * without a word (1.30); `ScatterElements` adds in the order in which the device's threads arrive.
 */
export const deviceDialect: Dialect = {
  packsSecond: false,
  fusedMatmul: false,
  transposesFirst: true,
  transposesWide: Number.POSITIVE_INFINITY,
  inverseRms: false,
  orderedScatter: false,
  addsInProducts: true,
  masks: 'bits',
  keepsLittle: false,
  fewestOperations: false,
  // Rows of a parameter cannot be an input without a copy; micro-batches keep the scores within a buffer.
  outputRows: Number.POSITIVE_INFINITY,
}
