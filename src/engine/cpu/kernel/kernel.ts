import { readFileSync } from 'node:fs'
import type { DropoutStream } from '../../dropout-stream.ts'

/**
 * The arithmetic over one memory that onnxruntime does not do for us. Every address is a byte offset into that memory, up
 * to 4 GiB, best a multiple of 16; every array is float32 of any length. NaN and infinity propagate as in scalar code.
 */
export interface Kernel {
  /** One AdamW update of n parameters. Moments that are too small to move a weight become 0, so that none is a denormal number. */
  adamw(arrays: AdamWArrays, n: number, scalars: AdamWScalars): void
  /**
   * {@link Kernel.adamw} over a table, much faster where most rows were never touched: their gradient and moments must
   * be 0, so that only the decay is left. Bit-identical to `adamw` over the whole table.
   */
  adamwRows(arrays: AdamWArrays, table: RowTable, touched: number, scalars: AdamWScalars): void
  /**
   * Brings a table's second moment, kept as means of rows and of columns, up to date with its gradient.
   *
   * @returns the mean of the means of rows
   */
  adafactorMoments(table: AdafactorTable, scalars: AdafactorScalars): number
  /** The sum of squares of the step that {@link Kernel.adafactorMoments} leads to, gradient / sqrt(second moment). */
  adafactorSquares(table: AdafactorTable, meanOfRows: number, gradientScale: number): number
  /** Makes that step, `stepSize` times as long; with a first moment, what becomes of it. */
  adafactorUpdate(parameter: number, table: AdafactorTable, meanOfRows: number, step: AdafactorStep): void
  /** The sum of x², added up in float64. */
  sumOfSquares(x: number, n: number): number
  /** {@link Kernel.sumOfSquares} over the listed rows. */
  sumOfSquaresRows(x: number, width: number, list: RowList): number
  /**
   * target[indices[i]] += scale · source[i] for whole rows, in the order of i.
   *
   * @param indices int32 row numbers; they may repeat
   * @param tracking where new rows are noted: their byte in the touched map is set, and `list` grows
   * @returns how many rows the list holds afterwards (0 without tracking)
   * @throws {RangeError} on a row number outside the table
   */
  scatterAddRows(
    target: number,
    table: RowTable,
    indices: number,
    count: number,
    source: number,
    scale: number,
    tracking?: RowTracking,
  ): number
  /** Zeroes the listed rows; with a touched map they may be listed again, but stay known as touched. */
  zeroRows(target: number, width: number, list: RowList, touched?: number): void
  /**
   * Writes a byte an element: 0 with the given probability, else 1. Element i depends on the stream and on i only.
   *
   * @param target room for n rounded up to a multiple of 16; what lies behind the n bytes is of no meaning
   * @param probability in [0, 1), rounded to 1/65536
   */
  dropoutBytes(target: number, n: number, probability: number, stream: DropoutStream): void
}

/** Byte offsets of a tensor's four arrays. */
export interface AdamWArrays {
  readonly parameter: number
  readonly gradient: number
  readonly firstMoment: number
  readonly secondMoment: number
}

/** The numbers of one update, as in torch.optim.AdamW. Constants made of them are computed in float64 and rounded once. */
export interface AdamWScalars {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  /** Above 0. */
  readonly epsilon: number
  readonly weightDecay: number
  /** 1 - beta1^t at update t */
  readonly biasCorrection1: number
  /** sqrt(1 - beta2^t) at update t */
  readonly sqrtBiasCorrection2: number
  /** Multiplies the gradient first: clipping. Finite. */
  readonly gradientScale: number
}

/** Byte offsets of what Adafactor has of a table. */
export interface AdafactorTable extends RowTable {
  readonly gradient: number
  /** One float32 a row. */
  readonly rowMeans: number
  /** One float32 a column. */
  readonly columnMeans: number
  /** As large as the parameter; 0: there is none. */
  readonly firstMoment: number
  /** A touched map, of which only listed rows have a gradient; 0: every row may have one. */
  readonly touched: number
  /** Working memory: 12 bytes a column, 8-byte aligned. */
  readonly scratch: number
}

export interface AdafactorScalars {
  /** Multiplies the gradient first: clipping. Finite. */
  readonly gradientScale: number
  readonly beta2: number
  /** Added to the squares. */
  readonly epsilon: number
}

export interface AdafactorStep {
  readonly gradientScale: number
  readonly stepSize: number
  /** The parameter is multiplied by it first. */
  readonly decay: number
  /** Of the first moment, where there is one. */
  readonly beta1: number
}

export interface RowTable {
  readonly rows: number
  readonly width: number
}

/** Byte offset of a list of int32 row numbers without repeats, and its length. */
export interface RowList {
  readonly list: number
  readonly count: number
}

export interface RowTracking extends RowList {
  /** Byte offset of one byte a row; not 0. */
  readonly touched: number
}

/** Binds the kernel to a memory. */
export function instantiateKernel(memory: WebAssembly.Memory): Kernel {
  const wasm = new WebAssembly.Instance(kernelModule(), { env: { memory } }).exports as KernelExports
  return {
    adamw: ({ parameter, gradient, firstMoment, secondMoment }, n, scalars) =>
      wasm.adamw(parameter, gradient, firstMoment, secondMoment, n, ...constants(scalars)),
    adamwRows: ({ parameter, gradient, firstMoment, secondMoment }, { rows, width }, touched, scalars) =>
      wasm.adamwRows(parameter, gradient, firstMoment, secondMoment, rows, width, touched, ...constants(scalars)),
    adafactorMoments: ({ gradient, rows, width, touched, rowMeans, columnMeans, scratch }, scalars) =>
      wasm.adafactorMoments(
        ...[gradient, rows, width, scalars.gradientScale, touched, rowMeans, columnMeans],
        ...[scalars.beta2, 1 - scalars.beta2, scalars.epsilon, scratch, factorsOf(scratch, width)],
      ),
    adafactorSquares: ({ gradient, rows, width, touched, rowMeans, scratch }, meanOfRows, gradientScale) =>
      wasm.adafactorSquares(
        ...[gradient, rows, width, gradientScale, touched, rowMeans, meanOfRows, factorsOf(scratch, width)],
      ),
    adafactorUpdate: (parameter, table, meanOfRows, { gradientScale, stepSize, decay, beta1 }) => {
      const { gradient, firstMoment, rows, width, touched, rowMeans, scratch } = table
      wasm.adafactorUpdate(
        ...[parameter, gradient, firstMoment, rows, width, gradientScale, touched, rowMeans, meanOfRows],
        ...[factorsOf(scratch, width), decay, stepSize, beta1, 1 - beta1],
      )
    },
    sumOfSquares: wasm.sumOfSquares,
    sumOfSquaresRows: (x, width, { list, count }) => wasm.sumOfSquaresRows(x, width, list, count),
    scatterAddRows(target, { rows, width }, indices, count, source, scale, tracking) {
      const { touched, list, count: listed } = tracking ?? { touched: 0, list: 0, count: 0 }
      const result = wasm.scatterAddRows(target, rows, width, indices, count, source, scale, touched, list, listed)
      if (result === -1) throw new RangeError(`Cannot add to a row outside the table of ${rows} rows`)
      return result
    },
    zeroRows: (target, width, { list, count }, touched = 0) => wasm.zeroRows(target, width, list, count, touched),
    dropoutBytes: (target, n, probability, stream) =>
      wasm.dropoutBytes(target, n, dropThreshold(probability), ...streamWords(stream)),
  }
}

/**
 * What the module's function `dropoutBits` takes behind the target, for another thread that has the module: it writes the same
 * mask with a bit an element, 1 for what is kept: ceil(n / 8) bytes, the first element's bit the lowest.
 */
export function bitsArguments(n: number, probability: number, stream: DropoutStream): number[] {
  return [n, dropThreshold(probability), ...streamWords(stream)]
}

/** The kernel without a memory. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./kernel.wasm', import.meta.url)))
  return compiled
}

let compiled: WebAssembly.Module | undefined

type Constants = [
  decay: number,
  lerp: number,
  beta2: number,
  squareWeight: number,
  stepSize: number,
  epsilon: number,
  gradientScale: number,
  smallestSecondMoment: number,
]
type StreamWords = [seedLow: number, seedHigh: number, step: number, site: number]

interface KernelExports {
  adamw(p: number, g: number, m: number, v: number, n: number, ...constants: Constants): void
  adamwRows(
    ...args: [p: number, g: number, m: number, v: number, rows: number, width: number, touched: number, ...Constants]
  ): void
  adafactorMoments(...args: number[]): number
  adafactorSquares(...args: number[]): number
  adafactorUpdate(...args: number[]): void
  sumOfSquares(x: number, n: number): number
  sumOfSquaresRows(x: number, width: number, list: number, count: number): number
  scatterAddRows(
    target: number,
    rows: number,
    width: number,
    indices: number,
    count: number,
    source: number,
    scale: number,
    touched: number,
    list: number,
    listed: number,
  ): number
  zeroRows(target: number, width: number, list: number, count: number, touched: number): void
  dropoutBytes(target: number, n: number, threshold: number, ...stream: StreamWords): void
}

/**
 * torch computes (lr / bc1) · m / (sqrt(v) / sqrtBc2 + eps). Multiplying the fraction by sqrtBc2 leaves one rounding
 * fewer an element: (lr · sqrtBc2 / bc1) · m / (sqrt(v) + eps · sqrtBc2).
 */
function constants(scalars: AdamWScalars): Constants {
  const { learningRate, beta1, beta2, epsilon, weightDecay, biasCorrection1, sqrtBiasCorrection2 } = scalars
  return [
    1 - learningRate * weightDecay,
    1 - beta1,
    beta2,
    1 - beta2,
    (learningRate * sqrtBiasCorrection2) / biasCorrection1,
    epsilon * sqrtBiasCorrection2,
    scalars.gradientScale,
    smallestSecondMoment(epsilon),
  ]
}

/**
 * Below it a second moment counts as 0, as a first one does below 1e-30: its root is lost in the rounding of ε beside it. For an ε
 * of 1e-8 or more it is 1e-30 as well; it is never a denormal number.
 */
function smallestSecondMoment(epsilon: number): number {
  return Math.min(1e-30, Math.max((epsilon * 1e-7) ** 2, smallestNormal))
}

/** Of float32. */
const smallestNormal = 2 ** -126

/** Behind the float64 sums of columns lie their float32 factors. */
function factorsOf(scratch: number, width: number): number {
  return scratch + width * 8
}

/** The drop probability in 1/65536, shifted to signed 16 bits as the kernel compares them. */
function dropThreshold(probability: number): number {
  if (!(probability >= 0 && probability < 1)) {
    throw new RangeError(`Cannot drop with probability ${probability}: it must be in [0, 1)`)
  }
  return Math.min(Math.round(probability * 65536), 65535) - 32768
}

function streamWords({ seed, step, site }: DropoutStream): StreamWords {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`Cannot seed with ${seed} as it is not a safe integer`)
  return [seed | 0, Math.floor(seed / 2 ** 32), step, site]
}
