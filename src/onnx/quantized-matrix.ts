import { zeroByte } from '../graph/file-tensor.ts'

/** A matrix as bytes with a scale for each row. */
export interface QuantizedMatrix {
  /** Row-major as the matrix. */
  readonly bytes: Uint8Array
  /** A number is `(byte - 128) · scale` of its row. */
  readonly scales: Float32Array
}

/** Quantises each row by its number that is farthest from 0. @param data row-major, rows of `width` */
export function quantizeMatrix(data: Float32Array, width: number): QuantizedMatrix {
  const rows = data.length / width
  const bytes = new Uint8Array(data.length)
  const scales = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    const from = row * width
    let farthest = 0
    for (let at = from; at < from + width; at++) farthest = Math.max(farthest, Math.abs(data[at]!))
    const scale = Math.fround(farthest / 127) || 1
    scales[row] = scale
    for (let at = from; at < from + width; at++) bytes[at] = Math.round(data[at]! / scale) + zeroByte
  }
  return { bytes, scales }
}

/** `[rows, width]` as `[width, rows]`. */
export function turnMatrix(bytes: Uint8Array, width: number): Uint8Array {
  const rows = bytes.length / width
  const turned = new Uint8Array(bytes.length)
  // In squares, so that what is read and what is written both stay in the cache.
  for (let top = 0; top < rows; top += square) {
    for (let left = 0; left < width; left += square) {
      const bottom = Math.min(rows, top + square)
      const right = Math.min(width, left + square)
      for (let row = top; row < bottom; row++) {
        for (let at = left; at < right; at++) turned[at * rows + row] = bytes[row * width + at]!
      }
    }
  }
  return turned
}

const square = 64
