import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { elementCount } from '../../src/graph/tensor.ts'
import { RandomAccessFile } from '../../src/model/weights/random-access-file.ts'
import { readSafetensors } from '../../src/model/weights/safetensors.ts'
import { readStoredTensor } from '../../src/model/weights/stored-tensor.ts'

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))

/** The folders of test/fixtures/parity, each with its model beside it: a new golden is tested without a line of code. */
export const parityGoldens: { name: string; golden: (file: string) => string; model: string }[] = readdirSync(
  join(fixtures, 'parity'),
  { withFileTypes: true },
)
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    name,
    golden: (file) => join(fixtures, 'parity', name, file),
    model: join(fixtures, 'models', name),
  }))

/** Every tensor of a safetensors file as float32. */
export async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const file = new RandomAccessFile(path)
  const found = new Map<string, Float32Array>()
  for (const tensor of readSafetensors(file)) {
    const data = new Float32Array(elementCount(tensor.shape))
    await readStoredTensor(tensor, data)
    found.set(tensor.name, data)
  }
  file.close()
  return found
}

/** |a - b| / |b|, both as vectors. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let norm = 0
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2
    norm += b[i]! ** 2
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm)
}
