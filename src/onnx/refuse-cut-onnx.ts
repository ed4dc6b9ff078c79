import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { refuseLfsPointer } from '../base/lfs-pointer.ts'
import { readFault } from '../base/read-fault.ts'

/**
 * Looks whether an ONNX file is whole, and the file of weights beside it that it may name: by the lengths that it says, without
 * reading its numbers.
 *
 * @throws {Fault} naming the file that is not there, cut or damaged
 */
export function refuseCutOnnx(path: string): void {
  const file = openFile(path)
  try {
    refuseLfsPointer(path, bytesAt(file, 0, 64))
    const graphs = [...fieldsOf(file, { from: 0, to: file.size })].filter(({ field }) => field === fields.graph)
    if (graphs.length === 0) throw damaged(path)
    for (const graph of graphs) for (const outside of outsideOf(file, graph)) refuseCutWeights(path, outside)
  } finally {
    closeSync(file.fd)
  }
}

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto: of a model, a graph, a tensor and an entry of texts. */
const fields = { graph: 7, initializer: 5, externalData: 13, key: 1, value: 2 } as const

interface OpenFile {
  readonly path: string
  readonly fd: number
  readonly size: number
}

interface Span {
  readonly from: number
  readonly to: number
}

interface Field extends Span {
  readonly field: number
}

function openFile(path: string): OpenFile {
  try {
    const { size } = statSync(path)
    return { path, fd: openSync(path, 'r'), size }
  } catch (error) {
    throw readFault(path, error)
  }
}

function damaged(path: string): Fault {
  return new Fault(`Cannot use "${path}" as it is no ONNX file, or was cut or damaged: export or fetch it again`)
}

/** Where the fields of a message lie that have a length; others are passed over. @throws {Fault} when they do not end where it does */
function* fieldsOf(file: OpenFile, { from, to }: Span): Generator<Field> {
  let at = from
  while (at < to) {
    const head = headAt(file, at)
    const end = head.end + head.length
    if (end > to) throw damaged(file.path)
    if (head.isLong) yield { field: head.field, from: head.end, to: end }
    at = end
  }
}

/** A field's number, and how many bytes follow. */
function headAt(file: OpenFile, at: number) {
  const bytes = bytesAt(file, at, 20)
  const tag = varint(file, bytes, 0)
  const [field, wire] = [Math.floor(tag.value / 8), tag.value % 8]
  if (wire === 0) return { field, isLong: false, end: at + varint(file, bytes, tag.end).end, length: 0 }
  if (wire === 2) {
    const length = varint(file, bytes, tag.end)
    return { field, isLong: true, end: at + length.end, length: length.value }
  }
  if (wire !== 1 && wire !== 5) throw damaged(file.path)
  return { field, isLong: false, end: at + tag.end, length: wire === 1 ? 8 : 4 }
}

function varint({ path }: OpenFile, bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let at = from; at < Math.min(bytes.length, from + 10); at++) {
    value += (bytes[at]! & 127) * 2 ** (7 * (at - from))
    if (bytes[at]! < 128) return { value, end: at + 1 }
  }
  throw damaged(path)
}

function bytesAt({ path, fd, size }: OpenFile, at: number, most: number): Buffer {
  const bytes = Buffer.alloc(Math.min(most, size - at))
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, at))
  } catch (error) {
    throw readFault(path, error)
  }
}

/** What a graph's tensors say of numbers that lie in another file. */
function* outsideOf(file: OpenFile, graph: Span): Generator<ReadonlyMap<string, string>> {
  for (const tensor of fieldsOf(file, graph)) {
    if (tensor.field !== fields.initializer) continue
    const entries = [...fieldsOf(file, tensor)].filter(({ field }) => field === fields.externalData)
    if (entries.length > 0) yield new Map(entries.map((entry) => textEntry(file, entry)))
  }
}

function textEntry(file: OpenFile, entry: Span): [string, string] {
  const texts = [...fieldsOf(file, entry)].map(({ field, from, to }) => {
    return [field, bytesAt(file, from, Math.min(to - from, 4096)).toString()] as const
  })
  const found = new Map(texts)
  return [found.get(fields.key) ?? '', found.get(fields.value) ?? '']
}

function refuseCutWeights(path: string, outside: ReadonlyMap<string, string>): void {
  const name = outside.get('location') ?? ''
  // A model must not lead out of its folder.
  if (name === '' || name === '..' || name !== basename(name)) throw damaged(path)
  const beside = join(dirname(path), name)
  const size = statSync(beside, { throwIfNoEntry: false })?.size
  if (size === undefined)
    throw new Fault(`Cannot use "${path}" as "${name}", which holds its weights, is not beside it`)
  const wanted = Number(outside.get('offset') ?? 0) + Number(outside.get('length') ?? 0)
  if (size >= wanted) return
  throw new Fault(
    `Cannot use "${beside}" as it has ${size} bytes of the ${wanted} at least that "${basename(path)}" wants, so it was cut: export or fetch it again`,
  )
}
