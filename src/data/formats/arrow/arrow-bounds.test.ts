import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readAllRows } from '../../table/table.ts'

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/data-types')
const folder = mkdtempSync(join(tmpdir(), 'reteach-arrow-'))
afterAll(() => rmSync(folder, { recursive: true }))

const frames = { lz4: Buffer.of(0x04, 0x22, 0x4d, 0x18), zstd: Buffer.of(0x28, 0xb5, 0x2f, 0xfd) }

/** A fixture whose packed buffers all say that they unpack to so many bytes. */
function promising(packing: 'lz4' | 'zstd', promised: number): string {
  const bytes = readFileSync(join(fixtures, `${packing}.arrow`))
  for (let at = bytes.indexOf(frames[packing]); at !== -1; at = bytes.indexOf(frames[packing], at + 4)) {
    if (bytes.readBigInt64LE(at - 8) < 2n ** 32n) bytes.writeBigInt64LE(BigInt(promised), at - 8)
  }
  const path = join(folder, `${packing}.arrow`)
  writeFileSync(path, bytes)
  return path
}

test.each(['lz4', 'zstd'] as const)('the buffers of a batch are bounded in sum, packed with %s', async (packing) => {
  const promised = 100 * 2 ** 20
  await expect(readAllRows({ file: promising(packing, promised) })).rejects.toThrow('a batch that grows beyond belief')
})

test('a buffer unpacks to no more than it says', async () => {
  await expect(readAllRows({ file: promising('lz4', 1) })).rejects.toThrow('an LZ4 block of more than 1 bytes')
})
