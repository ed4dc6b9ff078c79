import { Fault } from '../../base/fault.ts'
import { elementCount } from '../../graph/tensor.ts'
import type { RandomAccessFile } from './random-access-file.ts'

/** How one number is stored; little-endian. */
export type StoredType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'

export const bytesPerElement: Readonly<Record<StoredType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** A tensor in a file: where it lies and how its numbers are laid out; nothing of it is in memory. */
export interface StoredTensor {
  readonly name: string
  readonly file: RandomAccessFile
  readonly type: StoredType
  readonly shape: readonly number[]
  /** Steps between neighbours along each axis, in elements, as torch counts them. */
  readonly strides: readonly number[]
  /** Byte position in the file of the element at index 0, 0, … */
  readonly position: number
}

/** How much of a file is in memory at a time. */
const sliceBytes = 8 * 2 ** 20

/**
 * Reads a tensor as float32, row-major, in slices: float32 in its natural order goes from the file straight into
 * `destination`, everything else through one buffer of 8 MiB.
 *
 * The caller's thread is given free after every slice.
 *
 * @param destination as many elements as the tensor has
 * @throws {Fault} when the file is cut or its views overlap in a way that cannot be read in order
 */
export async function readStoredTensor(tensor: StoredTensor, destination: Float32Array): Promise<void> {
  const size = elementCount(tensor.shape)
  if (destination.length !== size) {
    throw new RangeError(`Cannot read "${tensor.name}" of ${size} elements into ${destination.length}`)
  }
  if (size === 0) return
  if (tensor.type === 'float32' && isInOrder(tensor)) {
    const bytes = new Uint8Array(destination.buffer, destination.byteOffset, destination.byteLength)
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      tensor.file.readInto(bytes.subarray(start, start + sliceBytes), tensor.position + start)
      await breathe()
    }
    return
  }
  await readScattered(tensor, mergedAxes(tensor), destination)
}

/** Whether a tensor's elements follow one another in the file. */
export function isInOrder(tensor: StoredTensor): boolean {
  const [axis, ...rest] = mergedAxes(tensor)
  return rest.length === 0 && axis!.from === 1 && axis!.to === 1
}

/** Reads some elements of a tensor for which {@link isInOrder} holds. @param begin the first of them */
export async function readStoredPart(tensor: StoredTensor, begin: number, destination: Float32Array): Promise<void> {
  const position = tensor.position + begin * bytesPerElement[tensor.type]
  await readStoredTensor({ ...tensor, shape: [destination.length], strides: [1], position }, destination)
}

/** The strides of a row-major tensor, in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]!
  }
  return strides
}

/** How many elements a view spans in its storage, from its first to one past its last. */
export function spannedElements(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0
  return shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, 0) + 1
}

/** An axis with its size and its step in the file and in the destination. */
interface Axis {
  size: number
  from: number
  to: number
}

/**
 * The axes from the widest step in the file to the narrowest, with neighbours merged where both sides run on, so that a
 * walk over them reads the file forwards and a plain tensor is one axis.
 */
function mergedAxes({ shape, strides }: StoredTensor): Axis[] {
  const to = rowMajorStrides(shape)
  const axes: Axis[] = shape.map((size, axis) => ({ size, from: strides[axis]!, to: to[axis]! }))
  const sorted = axes.filter(({ size }) => size > 1).sort((a, b) => b.from - a.from || b.to - a.to)
  const merged: Axis[] = []
  for (const axis of sorted) {
    const outer = merged.at(-1)
    if (outer !== undefined && outer.from === axis.from * axis.size && outer.to === axis.to * axis.size) {
      merged[merged.length - 1] = { size: outer.size * axis.size, from: axis.from, to: axis.to }
    } else {
      merged.push(axis)
    }
  }
  return merged.length > 0 ? merged : [{ size: 1, from: 1, to: 1 }]
}

async function readScattered(tensor: StoredTensor, axes: readonly Axis[], destination: Float32Array): Promise<void> {
  const { file, type, position, name } = tensor
  const width = bytesPerElement[type]
  const spanned = axes.reduce((last, { size, from }) => last + (size - 1) * from, 0) + 1
  const windowElements = Math.min(sliceBytes / width, spanned)
  if (spanned > windowElements && !runsForwards(axes)) {
    throw new Fault(`Cannot read "${file.path}": the tensor "${name}" is a view that overlaps itself`)
  }
  const bytes = new Uint8Array(windowElements * width)
  const copy = copier(type, bytes, destination)
  const inner = axes.at(-1)!
  const outer = axes.slice(0, -1)
  const index = new Array<number>(outer.length).fill(0)
  let from = 0
  let to = 0
  let windowStart = 0
  let windowEnd = 0
  for (;;) {
    let done = 0
    while (done < inner.size) {
      const start = from + done * inner.from
      if (start < windowStart || start >= windowEnd) {
        windowStart = spanned <= windowElements ? 0 : start
        windowEnd = Math.min(windowStart + windowElements, spanned)
        file.readInto(bytes.subarray(0, (windowEnd - windowStart) * width), position + windowStart * width)
        await breathe()
      }
      const left = inner.size - done
      const fitting = inner.from === 0 ? left : Math.min(left, Math.ceil((windowEnd - start) / inner.from))
      copy(start - windowStart, inner.from, to + done * inner.to, inner.to, fitting)
      done += fitting
    }
    let axis = outer.length - 1
    for (; axis >= 0; axis--) {
      const { size, from: fromStep, to: toStep } = outer[axis]!
      from += fromStep
      to += toStep
      if (++index[axis]! < size) break
      index[axis] = 0
      from -= fromStep * size
      to -= toStep * size
    }
    if (axis < 0) return
  }
}

/** Whether a walk over the axes never steps back in the file, so that each of its bytes is read at most once. */
function runsForwards(axes: readonly Axis[]): boolean {
  let inside = 0
  for (const { size, from } of axes.toReversed()) {
    if (from !== 0 && from <= inside) return false
    inside += (size - 1) * from
  }
  return true
}

type Copy = (from: number, fromStep: number, to: number, toStep: number, count: number) => void

/** Copies a run of elements out of the buffer `bytes` as float32; counts and steps are in elements. */
function copier(type: StoredType, bytes: Uint8Array, destination: Float32Array): Copy {
  const { buffer } = bytes
  // What needs no arithmetic is copied as bits: a thread that has made a session reads denormal numbers as zero.
  const bits = new Uint32Array(destination.buffer, destination.byteOffset, destination.length)
  if (type === 'bfloat16') {
    // The upper half of a float32.
    const source = new Uint16Array(buffer)
    return (from, fromStep, to, toStep, count) => {
      for (let i = 0; i < count; i++) bits[to + i * toStep] = source[from + i * fromStep]! << 16
    }
  }
  if (type === 'float16') {
    const table = float16Table()
    const source = new Uint16Array(buffer)
    return (from, fromStep, to, toStep, count) => {
      for (let i = 0; i < count; i++) destination[to + i * toStep] = table[source[from + i * fromStep]!]!
    }
  }
  if (type === 'int64') {
    const source = new BigInt64Array(buffer)
    return (from, fromStep, to, toStep, count) => {
      for (let i = 0; i < count; i++) destination[to + i * toStep] = Number(source[from + i * fromStep]!)
    }
  }
  const source = new numberArrays[type](buffer)
  const target = type === 'float32' ? bits : destination
  return (from, fromStep, to, toStep, count) => {
    for (let i = 0; i < count; i++) target[to + i * toStep] = source[from + i * fromStep]!
  }
}

const numberArrays: Readonly<
  Record<Exclude<StoredType, 'float16' | 'bfloat16' | 'int64'>, new (buffer: ArrayBufferLike) => ArrayLike<number>>
> = {
  float64: Float64Array,
  float32: Uint32Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
}

/** The value of each of the 65,536 half-precision bit patterns: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
function float16Table(): Float32Array {
  const table = new Float32Array(65536)
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const special = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN
    const magnitude =
      exponent === 31 ? special : exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25)
    table[bits] = bits & 0x8000 ? -magnitude : magnitude
  }
  return table
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
