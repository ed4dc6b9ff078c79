import type { GraphBuilder } from './builder.ts'

/** An input of a graph that its file holds: a parameter, or what quantising makes of one. */
export interface FileTensor {
  /** The input. */
  readonly name: string
  readonly parameter: string
  readonly part: TensorPart
  readonly type: 'float' | 'uint8'
  readonly shape: readonly number[]
}

/**
 * A parameter as it is; or of a matrix `[rows, width]` its bytes `[rows, width]`, turned around `[width, rows]`, or the scale of
 * each row: a number is `(byte - 128) · scale`.
 */
export type TensorPart = 'whole' | 'bytes' | 'turned-bytes' | 'scales'

/** The byte that stands for 0. */
export const zeroByte = 128

/** A graph and the tensors that go into its file. */
export interface FileGraph {
  readonly graph: GraphBuilder
  readonly held: readonly FileTensor[]
}
