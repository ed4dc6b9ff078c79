import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../fixtures/weight-files/safetensors-tied')

/** The config of the small model that hostile files are built around. */
export const soundConfig = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>

export interface SoundTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Its weights. */
export const soundTensors: readonly SoundTensor[] = readTensors()

/** How many numbers they hold. */
export const soundElements = soundTensors.reduce((sum, { data }) => sum + data.length, 0)

/** All of them, one after the other. */
export const soundData = Buffer.concat(
  soundTensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
)

function readTensors(): SoundTensor[] {
  const bytes = readFileSync(join(folder, 'model.safetensors'))
  const start = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const data = new Float32Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer)
        return { name, shape, data }
      },
    )
}
