import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Fault } from '../base/fault.ts'
import { type Random, seededRandom } from '../base/random.ts'
import { elementCount } from '../graph/tensor.ts'
import { openModel } from './open-model.ts'

/** More of them: `FUZZ_ROUNDS=10000 npx vitest run src/pretrained/open-model.fuzz.test.ts`. */
const rounds = Number(process.env.FUZZ_ROUNDS ?? 80)

const fixtures = join(import.meta.dirname, '../../test/fixtures/weight-files')
const temporary = mkdtempSync(join(tmpdir(), 'reteach-fuzz-'))
afterAll(() => rmSync(temporary, { recursive: true }))

/** Numbers that are often read as a length, a count or an offset. */
const lyingNumbers = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
]

function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original)
  // Descriptions lie at the ends of these files: half of the mutations go there.
  const place = () => {
    const ends = random.below(2) === 0
    const at = random.below(Math.min(bytes.length, ends ? 1200 : bytes.length))
    return ends && random.below(2) === 0 ? bytes.length - 1 - at : at
  }
  for (let count = 1 + random.below(3); count > 0 && bytes.length > 16; count--) {
    const at = place()
    switch (random.below(7)) {
      case 0:
        bytes[at] = random.below(256)
        break
      case 1:
        bytes[at]! ^= 1 << random.below(8)
        break
      case 2: {
        const number = Buffer.alloc(8)
        number.writeBigUInt64LE(lyingNumbers[random.below(lyingNumbers.length)]!)
        number.copy(bytes, at, 0, [1, 2, 4, 8][random.below(4)]!)
        break
      }
      case 3:
        bytes = bytes.subarray(0, at)
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64))])
        break
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(place()).subarray(0, 64), bytes.subarray(at)])
        break
      default: {
        // A digit of a shape, an offset or a size in JSON.
        const digits = [...bytes.toString('latin1').slice(0, 20_000).matchAll(/\d+/g)]
        const digit = digits[random.below(Math.max(1, digits.length))]
        if (digit !== undefined) bytes.write(String(random.below(10)), digit.index, 'latin1')
      }
    }
  }
  return bytes
}

const cases = [
  { folder: 'safetensors-tied', file: 'model.safetensors' },
  { folder: 'safetensors-shards', file: 'model.safetensors.index.json' },
  { folder: 'zip-gaps', file: 'pytorch_model.bin' },
  { folder: 'zip-protocol-4', file: 'pytorch_model.bin' },
  { folder: 'legacy-one-storage', file: 'pytorch_model.bin' },
  { folder: 'legacy-bfloat16-transposed', file: 'pytorch_model.bin' },
  { folder: 'zip-transposed', file: 'config.json' },
]

test.each(cases)(
  `openModel() reads or faults on ${rounds} mutations of $folder/$file`,
  { timeout: 600_000 },
  async (which) => {
    const folder = mkdtempSync(join(temporary, 'model-'))
    for (const name of readdirSync(join(fixtures, which.folder)))
      cpSync(join(fixtures, which.folder, name), join(folder, name))
    const original = readFileSync(join(folder, which.file))
    const memoryBefore = process.resourceUsage().maxRSS
    const outcomes = { read: 0, fault: 0 }
    for (let round = 0; round < rounds; round++) {
      writeFileSync(join(folder, which.file), mutate(original, seededRandom([20, round])))
      const start = performance.now()
      try {
        const model = await openModel(folder)
        try {
          await model.readParameters(({ shape }, fill) => fill(new Float32Array(elementCount(shape))))
        } finally {
          model.close()
        }
        outcomes.read++
      } catch (error) {
        if (!(error instanceof Fault)) throw new Error(`Mutation ${round} failed without a fault`, { cause: error })
        expect(error.message.length, error.message).toBeLessThan(2500)
        outcomes.fault++
      }
      expect(performance.now() - start, `milliseconds for mutation ${round}`).toBeLessThan(5000)
    }
    // In kilobytes. A header that lies about lengths must not be believed before the file bears it out.
    expect(process.resourceUsage().maxRSS - memoryBefore).toBeLessThan(400_000)
    expect(outcomes.fault).toBeGreaterThan(rounds / 10)
  },
)
