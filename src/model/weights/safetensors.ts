import { jsonProblem } from '../../base/bounds/json-problem.ts'
import { countBrackets } from '../../base/bounds/nesting.ts'
import { Fault } from '../../base/fault.ts'
import { fetchAgain } from '../../base/read-fault.ts'
import { elementCount } from '../../graph/tensor.ts'
import type { RandomAccessFile } from './random-access-file.ts'
import { bytesPerElement, rowMajorStrides, type StoredTensor, type StoredType } from './stored-tensor.ts'

/**
 * Reads the header of a safetensors file: 8 bytes with its length, JSON with `dtype`, `shape` and `data_offsets` of each
 * tensor, then the data.
 *
 * @returns the tensors by name, in the order of transformers' reader (names sorted by code unit)
 * @throws {Fault} when the header is broken or does not describe exactly the bytes that follow
 */
export function readSafetensors(file: RandomAccessFile): StoredTensor[] {
  const header = readHeader(file)
  const dataStart = header.end
  const dataBytes = file.size - dataStart
  const tensors: { tensor: StoredTensor; start: number; end: number }[] = []
  for (const [name, entry] of header.entries) {
    if (name === '__metadata__') continue
    tensors.push(readEntry(file, dataStart, name, entry))
  }
  // As the format asks: no gaps, no overlaps, nothing behind the last tensor.
  let covered = 0
  for (const { tensor, start, end } of tensors.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) fail(file, `the tensor "${tensor.name}" begins at byte ${start} of the data, not ${covered}`)
    covered = end
  }
  if (covered > dataBytes) {
    throw new Fault(
      `Cannot read "${file.path}": its header describes ${covered} bytes of data but ${dataBytes} follow, so it was cut or is damaged; ${fetchAgain(file.path)}`,
    )
  }
  if (covered < dataBytes) fail(file, `its header describes ${covered} bytes of data but ${dataBytes} follow`)
  return tensors.map(({ tensor }) => tensor).sort((a, b) => (a.name < b.name ? -1 : 1))
}

const storedTypes: ReadonlyMap<unknown, StoredType> = new Map<unknown, StoredType>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
])

/** A hundred times what the largest models need; the format allows 100 MB, which as JSON may fill the memory. */
const maxHeaderBytes = 16 * 2 ** 20
/** Names, what belongs to a tensor, its shape. */
const headerLevels = 3

function readHeader(file: RandomAccessFile): { entries: [string, unknown][]; end: number } {
  const length = file.read(0, 8).readBigUInt64LE()
  if (length > maxHeaderBytes) fail(file, `its header claims ${length} bytes, more than ${maxHeaderBytes}`)
  const end = 8 + Number(length)
  const bytes = file.read(8, Number(length))
  if (countBrackets(bytes.toString('latin1')).depth > headerLevels) {
    fail(file, 'its header is nested deeper than the format has it')
  }
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    fail(file, `its header is not JSON (${jsonProblem(error)})`)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) fail(file, 'its header is not an object')
  return { entries: Object.entries(header), end }
}

function readEntry(file: RandomAccessFile, dataStart: number, name: string, entry: unknown) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  const type = storedTypes.get(dtype)
  if (type === undefined) {
    fail(
      file,
      `the tensor "${name}" has the type ${JSON.stringify(dtype)?.slice(0, 80) ?? 'nothing'}, which cannot be read`,
    )
  }
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    fail(file, `the tensor "${name}" has no proper "shape" and "data_offsets"`)
  }
  const [start, end] = offsets as [number, number]
  const bytes = elementCount(shape) * bytesPerElement[type]
  if (end - start !== bytes) {
    fail(file, `the tensor "${name}" of ${type} with shape [${shape}] needs ${bytes} bytes but has ${end - start}`)
  }
  const tensor = { name, file, type, shape, strides: rowMajorStrides(shape), position: dataStart + start }
  return { tensor, start, end }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function fail(file: RandomAccessFile, reason: string): never {
  throw new Fault(`Cannot read "${file.path}" as safetensors: ${reason}`)
}
