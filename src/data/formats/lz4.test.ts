import { describe, expect, test } from 'vitest'
import { decompressLz4Block, decompressLz4Hadoop } from './lz4.ts'

/** Literals "abc", then nine bytes from three back, then the literals "xyzzy". */
const block = Uint8Array.of(0x35, 97, 98, 99, 3, 0, 0x50, 120, 121, 122, 122, 121)
const text = 'abcabcabcabcxyzzy'
const read = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

function framed(packed: Uint8Array, size: number): Buffer {
  const sizes = Buffer.alloc(8)
  sizes.writeUInt32BE(size, 0)
  sizes.writeUInt32BE(packed.length, 4)
  return Buffer.concat([sizes, packed])
}

describe('decompressLz4Block()', () => {
  test('copies literals, and matches that overlap what they write', () => {
    expect(read(decompressLz4Block(block, text.length))).toBe(text)
  })

  test('unpacks a page without values, which is a single zero byte', () => {
    expect(decompressLz4Block(Uint8Array.of(0), 0)).toHaveLength(0)
  })

  test.each([
    ['another length than told', block, text.length + 1],
    ['a match before the beginning', Uint8Array.of(0x11, 97, 2, 0, 0), 6],
    ['an end inside the literals', block.subarray(0, 3), 17],
  ])('refuses %s', (_, bytes, length) => {
    expect(() => decompressLz4Block(bytes, length)).toThrow('LZ4')
  })
})

describe('decompressLz4Hadoop()', () => {
  test('unpacks blocks that begin with their sizes, or one bare block', () => {
    const twice = Buffer.concat([framed(block, text.length), framed(block, text.length)])
    expect(read(decompressLz4Hadoop(twice, 2 * text.length))).toBe(text + text)
    expect(read(decompressLz4Hadoop(block, text.length))).toBe(text)
    expect(decompressLz4Hadoop(framed(Uint8Array.of(0), 0), 0)).toHaveLength(0)
  })
})
