/** Which operators an engine has, and what it must be asked in another way. */
export interface Dialect {
  /** `Gemm` lays its second operand out anew each time. Where the first has few rows it is quicker in the second's place. */
  readonly packsSecond: boolean
  /** `FusedMatMul`. Without it products take transposes. */
  readonly fusedMatmul: boolean
  /** `Gemm` takes longer to multiply by a transposed matrix than to transpose a small one first. */
  readonly transposesFirst: boolean
  /** Columns from which on a matrix is transposed before `Gemm` multiplies its transpose by another: an output layer's scores. */
  readonly transposesWide: number
  /** `SimplifiedLayerNormalization` gives 1/rms as its second output. Without it the reverse pass computes that anew. */
  readonly inverseRms: boolean
  /** `ScatterElements` adds numbers for one place in a fixed order. Without it sums over repeated places are products. */
  readonly orderedScatter: boolean
  /** A product adds another matrix to what it makes in the run that makes it: a cotangent to that on another way. */
  readonly addsInProducts: boolean
  /**
   * How dropout masks come: a byte an element, 0 or 1, as float32 they would be a third of what an update holds; or as bits, which
   * a table turns into factors, where the way to the engine is long.
   */
  readonly masks: 'bytes' | 'bits'
  /** The reverse pass makes anew what takes a few passes over memory, where to keep it takes much of that. */
  readonly keepsLittle: boolean
  /** Time goes by operations: products are made in the order that takes the fewest, be they of few rows and many. */
  readonly fewestOperations: boolean
  /** Rows of an output layer whose scores are made and used at a time. */
  readonly outputRows: number
}

/** onnxruntime's processor provider: all of its operators, and parts of an output layer that suit a processor's cache. */
export const processorDialect: Dialect = {
  packsSecond: true,
  fusedMatmul: true,
  transposesFirst: false,
  transposesWide: 4096,
  inverseRms: true,
  orderedScatter: true,
  addsInProducts: false,
  masks: 'bytes',
  keepsLittle: true,
  fewestOperations: true,
  outputRows: 8192,
}

/** Of files for whoever runs them: no product is fused. */
export const standardDialect: Dialect = { ...processorDialect, fusedMatmul: false }
