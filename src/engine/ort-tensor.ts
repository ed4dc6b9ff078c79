import * as ort from 'onnxruntime-node'
import type { ElementType } from '../graph/ops.ts'
import type { Tensor } from '../graph/tensor.ts'

// From 1.30 on onnxruntime notes sessions and machines in a folder of the user's, and knows where to send them. It asks this variable when
// it makes its first session, and whatever makes sessions here converts tensors.
process.env.ORT_DISABLE_TELEMETRY ??= '1'

/** As onnxruntime takes it: the same memory. */
export function toOrt({ type, data, dims }: Tensor): ort.Tensor {
  return new ort.Tensor(ortTypes[type], data as Float32Array, dims)
}

/** An output in this process's memory. */
export function fromOrt(tensor: ort.Tensor): Tensor {
  const type = elementType(tensor)
  return { type, data: tensor.data, dims: tensor.dims } as Tensor
}

/** The element type of a tensor by the graph's name for it. */
export function elementType({ type }: ort.Tensor): ElementType {
  const found = (Object.keys(ortTypes) as ElementType[]).find((name) => ortTypes[name] === type)
  if (!found) throw new Error(`Cannot read a tensor of type ${type}`)
  return found
}

/** onnxruntime's names of the graph's element types. */
export const ortTypes = {
  float: 'float32',
  float16: 'float16',
  int64: 'int64',
  int32: 'int32',
  uint8: 'uint8',
  bool: 'bool',
} as const

/** The version of onnxruntime and the processors it can run on here. */
export function runtimeInfo(): { version: string; providers: string[] } {
  return {
    version: ort.env.versions.node ?? ort.env.versions.common,
    providers: ort.listSupportedBackends().map(({ name }) => name),
  }
}
