import * as ort from 'onnxruntime-node'
import { type ElementType, elementBytes } from '../../graph/ops.ts'
import { elementCount } from '../../graph/tensor.ts'
import { elementType, ortTypes } from '../ort-tensor.ts'

/**
 * A tensor in a buffer of the device. Views share the buffer, which goes when the last of them was released.
 *
 * onnxruntime checks none of this: a view may be longer than its buffer there, and a session on the processor takes a
 * tensor of the device for numbers.
 */
export class DeviceTensor {
  readonly type: ElementType
  readonly dims: readonly number[]
  readonly #buffer: Buffer
  #isReleased = false

  private constructor(buffer: Buffer, type: ElementType, dims: readonly number[]) {
    this.#buffer = buffer
    this.type = type
    this.dims = dims
    buffer.users++
  }

  /** Takes over an output that a run has left on the device. */
  static adopt(output: ort.Tensor): DeviceTensor {
    if (output.location !== 'gpu-buffer') throw new Error(`Cannot take over a tensor that lies in ${output.location}`)
    const type = elementType(output)
    const bytes = elementCount(output.dims) * elementBytes[type]
    held += bytes
    return new DeviceTensor({ output, bytes, users: 0 }, type, output.dims)
  }

  get size(): number {
    return elementCount(this.dims)
  }

  /** The same elements with other extents; to be released as well. */
  view(dims: readonly number[]): DeviceTensor {
    this.#refuseReleased()
    if (elementCount(dims) !== this.size) {
      throw new RangeError(`Cannot view a device tensor of [${this.dims}] as [${dims}]`)
    }
    return new DeviceTensor(this.#buffer, this.type, dims)
  }

  /** As a run over a session of the device takes it. */
  toOrt(): ort.Tensor {
    this.#refuseReleased()
    const { output } = this.#buffer
    if (sameDims(output.dims, this.dims)) return output
    const dataType = ortTypes[this.type] as ort.Tensor.GpuBufferDataTypes
    return ort.Tensor.fromGpuBuffer(output.gpuBuffer, { dataType, dims: this.dims })
  }

  release(): void {
    this.#refuseReleased()
    this.#isReleased = true
    this.#buffer.users--
    if (this.#buffer.users > 0) return
    held -= this.#buffer.bytes
    this.#buffer.output.dispose()
  }

  #refuseReleased(): void {
    if (this.#isReleased) throw new Error(`Cannot use a device tensor of [${this.dims}] that was released`)
  }
}

/** Bytes of all device tensors of this process that were not released. */
export function bytesOnDevice(): number {
  return held
}

let held = 0

interface Buffer {
  readonly output: ort.Tensor
  readonly bytes: number
  users: number
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis])
}

/** The same elements with other extents, in place of the tensor itself. */
export function viewInstead(tensor: DeviceTensor, dims: readonly number[]): DeviceTensor {
  const view = tensor.view(dims)
  tensor.release()
  return view
}
