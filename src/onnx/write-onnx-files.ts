import { basename } from 'node:path'
import { fillFileAtomic } from '../base/atomic-file.ts'
import { bytesOf } from '../base/bytes-of.ts'
import type { FileGraph, TensorPart } from '../graph/file-tensor.ts'
import { type FramedTensor, type ModelFrame, modelFrame } from '../graph/model-frame.ts'
import { elementCount } from '../graph/tensor.ts'
import type { ParameterSpec } from '../graph/weighted-graph.ts'
import type { OpenModel } from '../pretrained/open-model.ts'
import { type QuantizedMatrix, quantizeMatrix, turnMatrix } from './quantized-matrix.ts'

/** A graph and where its file is to be. */
export interface OnnxFile {
  readonly path: string
  readonly graph: FileGraph
}

export interface WriteOptions {
  /** Told after each parameter, in bytes of float32. */
  readonly onBytes?: (done: number, total: number) => void
  /** The largest model without a second file. @default protobuf's bound */
  readonly mostBytes?: number
  readonly signal?: AbortSignal
}

/**
 * Writes ONNX files with the weights of a model, all in one reading of them: one parameter is in memory at a time.
 *
 * @returns the paths of models that have a second file, `NAME.onnx_data`, beside them
 * @throws {Fault} when the weights cannot be read or the disk is full
 */
export async function writeOnnxFiles(
  model: OpenModel,
  files: readonly OnnxFile[],
  { onBytes, mostBytes, signal }: WriteOptions = {},
): Promise<string[]> {
  const { parameters } = model.architecture
  const total = parameters.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
  const framed = files.map(({ path, graph }) => ({ path, frame: frameOf(path, graph, parameters, mostBytes) }))
  const places = framed.flatMap(({ path, frame }) => [path, ...(frame.outsideBytes > 0 ? [`${path}_data`] : [])])
  await fillAll(places, async (appends) => {
    const writers = framed.map(({ path, frame }) => {
      return fileWriter(frame, appends.get(path)!, appends.get(`${path}_data`))
    })
    let done = 0
    await model.readParameters(async ({ name, shape }, fill) => {
      signal?.throwIfAborted()
      const data = new Float32Array(elementCount(shape))
      await fill(data)
      const parts = partsOf(data, shape)
      for (const write of writers) write(name, parts)
      done += data.byteLength
      onBytes?.(done, total)
      // What else goes on in this process gets its turn.
      await new Promise((resolve) => setImmediate(resolve))
    })
  })
  return framed.filter(({ frame }) => frame.outsideBytes > 0).map(({ path }) => path)
}

/** Tensors in the order in which parameters are read. */
function frameOf(
  path: string,
  { graph, held }: FileGraph,
  parameters: readonly ParameterSpec[],
  mostBytes: number | undefined,
): ModelFrame {
  const places = new Map(parameters.map(({ name }, place) => [name, place]))
  const ordered = held.toSorted((a, b) => places.get(a.parameter)! - places.get(b.parameter)!)
  const name = basename(path)
  return modelFrame({ graph, held: ordered }, name.replace(/\.onnx$/u, ''), `${name}_data`, mostBytes)
}

type Append = (piece: Uint8Array) => void
type PartOf = (part: TensorPart) => Uint8Array

/** Appends the tensors that are made of a parameter. */
function fileWriter(frame: ModelFrame, append: Append, appendOutside: Append | undefined) {
  append(frame.head)
  const byParameter = grouped(frame.tensors)
  return (parameter: string, partOf: PartOf): void => {
    for (const { head, isOutside, tensor } of byParameter.get(parameter) ?? []) {
      append(head)
      const to = isOutside ? appendOutside! : append
      to(partOf(tensor.part))
    }
  }
}

function grouped(tensors: readonly FramedTensor[]): Map<string, FramedTensor[]> {
  const groups = new Map<string, FramedTensor[]>()
  for (const one of tensors) groups.set(one.tensor.parameter, [...(groups.get(one.tensor.parameter) ?? []), one])
  return groups
}

/** What is wanted of a parameter, each made once. */
function partsOf(data: Float32Array, shape: readonly number[]): PartOf {
  let quantized: QuantizedMatrix | undefined
  let turned: Uint8Array | undefined
  const matrix = (): QuantizedMatrix => {
    quantized ??= quantizeMatrix(data, shape.at(-1)!)
    return quantized
  }
  return (part) => {
    switch (part) {
      case 'whole':
        return bytesOf(data)
      case 'bytes':
        return matrix().bytes
      case 'scales':
        return bytesOf(matrix().scales)
      case 'turned-bytes':
        turned ??= turnMatrix(matrix().bytes, shape.at(-1)!)
        return turned
    }
  }
}

/** Opens files one within the other: each is there whole or not at all. */
async function fillAll(
  paths: readonly string[],
  work: (appends: ReadonlyMap<string, Append>) => Promise<void>,
  opened: ReadonlyMap<string, Append> = new Map(),
): Promise<void> {
  const [path, ...rest] = paths
  if (path === undefined) return await work(opened)
  await fillFileAtomic(path, (append) => fillAll(rest, work, new Map([...opened, [path, append]])))
}
