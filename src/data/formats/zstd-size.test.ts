import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mostZstdBytes } from './zstd-size.ts'

/** A frame of blocks of one byte that is repeated 128 thousand times each. */
function bomb(blocks: number): Uint8Array {
  const bytes = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]
  for (let i = 0; i < blocks; i++) {
    const header = ((128 * 1024) << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0)
    bytes.push(header & 255, (header >> 8) & 255, header >> 16, 0)
  }
  return Uint8Array.from(bytes)
}

test('mostZstdBytes() sees how large a small text becomes without unpacking it', () => {
  expect(mostZstdBytes(bomb(10_000))).toBe(10_000 * 128 * 1024)
  expect(mostZstdBytes(Uint8Array.from([...bomb(1), 0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9, ...bomb(2)]))).toBe(
    3 * 128 * 1024,
  )
})

test('mostZstdBytes() refuses what is cut short or no zstd', () => {
  expect(() => mostZstdBytes(bomb(2).subarray(0, 12))).toThrow('it is cut short')
  expect(() => mostZstdBytes(readFileSync(join(import.meta.dirname, 'zstd-size.ts')))).toThrow('no zstd frame')
})
