import { createHash } from 'node:crypto'
import { fillFileAtomic } from '../../base/atomic-file.ts'
import { bytesOf } from '../../base/bytes-of.ts'
import { elementCount } from '../../graph/tensor.ts'

export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Row-major, asked for when its place in the file has come: a large model need not be in memory as a whole. */
  readonly parts: () => AsyncIterable<Float32Array> | Iterable<Float32Array>
}

/**
 * Writes float32 tensors as one safetensors file, whole or not at all, in slices.
 *
 * The metadata `{"format": "pt"}` is what transformers asks for. The header is padded so that the data is 8-byte aligned.
 *
 * @returns the sha256 of the file in hex, taken while it is written
 * @throws {Fault} naming the file when the disk is full or the folder cannot be written
 */
export async function writeSafetensors(path: string, tensors: readonly NamedTensor[]): Promise<string> {
  return await fillFileAtomic(path, async (append) => {
    const hash = createHash('sha256')
    for await (const slice of slices(tensors)) {
      hash.update(slice)
      append(slice)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return hash.digest('hex')
  })
}

const sliceBytes = 8 * 2 ** 20

async function* slices(tensors: readonly NamedTensor[]): AsyncGenerator<Uint8Array> {
  yield header(tensors)
  for (const { name, shape, parts } of tensors) {
    let elements = 0
    for await (const part of parts()) {
      elements += part.length
      const bytes = bytesOf(part)
      for (let start = 0; start < bytes.length; start += sliceBytes) yield bytes.subarray(start, start + sliceBytes)
    }
    if (elements !== elementCount(shape)) {
      throw new RangeError(`Cannot write "${name}" of shape [${shape}] from ${elements} elements`)
    }
  }
}

function header(tensors: readonly NamedTensor[]): Uint8Array {
  const entries: [string, unknown][] = [['__metadata__', { format: 'pt' }]]
  let end = 0
  for (const { name, shape } of tensors) {
    const start = end
    end += 4 * elementCount(shape)
    entries.push([name, { dtype: 'F32', shape, data_offsets: [start, end] }])
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)), 'utf8')
  const bytes = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8))
  json.copy(bytes, 8)
  return bytes
}
