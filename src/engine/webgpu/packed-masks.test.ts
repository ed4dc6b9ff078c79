import { expect, test } from 'vitest'
import { MaskPool } from '../cpu/mask-pool.ts'
import { maskFactorTable, PackedMasks } from './packed-masks.ts'

test('PackedMasks.draw() gives the masks of MaskPool.draw(), a bit an element', () => {
  const counts = [1, 8, 1003, 4096, 77]
  for (const probability of [0, 0.1, 0.5]) {
    const masks = new PackedMasks()
    masks.reset(counts)
    const factors = maskFactorTable(probability).data
    const bits = counts.map((count, site) => masks.draw(count, probability, { seed: 2 ** 40 + 1, step: 3, site }))
    counts.forEach((count, site) => {
      const expected = new MaskPool().draw(count, probability, { seed: 2 ** 40 + 1, step: 3, site })
      const bytes = bits[site]!.data as Uint8Array
      const found = Float32Array.from({ length: count }, (_, at) => Number(factors[bytes[at >> 3]! * 8 + (at & 7)]))
      expect(found).toEqual(expected)
    })
  }
})

test('PackedMasks.reset() makes room for more, and refuses masks that it was not told of', () => {
  const masks = new PackedMasks()
  expect(() => masks.draw(8, 0.1, { seed: 1, step: 0, site: 0 })).toThrow('before its room was made')
  masks.reset([8])
  masks.reset([3_000_000, 5])
  expect(masks.draw(3_000_000, 0.1, { seed: 1, step: 0, site: 0 }).dims).toEqual([375_000])
})
