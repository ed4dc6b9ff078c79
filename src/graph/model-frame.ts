import type { FileGraph, FileTensor } from './file-tensor.ts'
import { TensorProto } from './onnx-schema.ts'
import { dataType, serializeHead } from './serialize.ts'
import { elementCount } from './tensor.ts'

/** The bytes of an ONNX file with weights, but for the weights: what comes first, and what stands before each tensor's numbers. */
export interface ModelFrame {
  readonly head: Uint8Array
  readonly tensors: readonly FramedTensor[]
  /** Of the file. */
  readonly bytes: number
  /** Of the file beside it; 0 where there is none. */
  readonly outsideBytes: number
}

export interface FramedTensor {
  readonly tensor: FileTensor
  readonly head: Uint8Array
  /** Its numbers stand in the file beside the model's. */
  readonly isOutside: boolean
}

/** protobuf's own bound for a message, and room for what a reader adds. */
const mostModelBytes = 2 ** 31 - 2 ** 20
/** onnxruntime folds small tensors, which may then not lie outside. */
const leastOutside = 1024

/**
 * Frames a graph and the tensors that its file holds. Tensors stand last in the graph, one after the other, so that the file can
 * be written while they are read; a model that is larger than protobuf allows has them in a file beside it, in the same order.
 *
 * @param outside name of that file
 * @param most bytes of the model's file
 */
export function modelFrame(
  { graph, held }: FileGraph,
  name: string,
  outside: string,
  most = mostModelBytes,
): ModelFrame {
  const total = held.reduce((sum, tensor) => sum + byteLength(tensor), 0)
  const parts = serializeHead(graph, name, new Set(held.map((tensor) => tensor.name)))
  const isLarge = total + parts.graph.length > most
  let offset = 0
  const tensors = held.map((tensor): FramedTensor => {
    const isOutside = isLarge && byteLength(tensor) >= leastOutside
    const head = isOutside ? outsideHead(tensor, outside, offset) : insideHead(tensor)
    if (isOutside) offset += byteLength(tensor)
    return { tensor, head, isOutside }
  })
  const inside = tensors.reduce(
    (sum, { tensor, head, isOutside }) => sum + head.length + (isOutside ? 0 : byteLength(tensor)),
    0,
  )
  const head = Buffer.concat([parts.model, fieldHead(7, parts.graph.length + inside), parts.graph])
  return { head, tensors, bytes: head.length + inside, outsideBytes: offset }
}

/** Bytes of a tensor's numbers. */
function byteLength({ type, shape }: FileTensor): number {
  return elementCount(shape) * (type === 'float' ? 4 : 1)
}

/** `initializer` of the graph up to its `rawData`, which follows. */
function insideHead(tensor: FileTensor): Uint8Array {
  const own = tensorMessage(tensor, {})
  const raw = fieldHead(9, byteLength(tensor))
  return Buffer.concat([fieldHead(5, own.length + raw.length + byteLength(tensor)), own, raw])
}

function outsideHead(tensor: FileTensor, location: string, offset: number): Uint8Array {
  const places = { location, offset: String(offset), length: String(byteLength(tensor)) }
  const externalData = Object.entries(places).map(([key, value]) => ({ key, value }))
  const own = tensorMessage(tensor, { externalData, dataLocation: 1 })
  return Buffer.concat([fieldHead(5, own.length), own])
}

function tensorMessage({ name, type, shape }: FileTensor, more: object): Uint8Array {
  const message = { name, dims: shape, dataType: dataType[type], ...more }
  return TensorProto.encode(TensorProto.fromObject(message)).finish()
}

/** protobuf's key of a field of so many bytes, and their number. */
function fieldHead(field: number, length: number): Uint8Array {
  const bytes = [field * 8 + 2]
  let rest = length
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Uint8Array.from([...bytes, rest])
}
