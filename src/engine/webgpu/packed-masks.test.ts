import { expect, test } from 'vitest'
import { MaskPool } from '../cpu/mask-pool.ts'
import { maskFactorTable, PackedMasks } from './packed-masks.ts'

test('PackedMasks.draw() gives the masks of MaskPool.draw(), a bit an element, however often it is asked', async () => {
  const counts = [1, 8, 1003, 600_001, 4096, 77]
  const masks = new PackedMasks()
  for (const probability of [0, 0.1, 0.5]) {
    const factors = maskFactorTable(probability).data
    const wanted = counts.map((count, site) => ({ count, stream: { seed: 2 ** 40 + 1, step: 3, site } }))
    const bits = await masks.draw(wanted, probability)
    wanted.forEach(({ count, stream }, site) => {
      const bytes = bits[site]!.data as Uint8Array
      const found = Float32Array.from({ length: count }, (_, at) => Number(factors[bytes[at >> 3]! * 8 + (at & 7)]))
      const kept = Math.fround(1 / (1 - probability))
      const expected = Float32Array.from(new MaskPool().draw(count, probability, stream), (bit) => bit * kept)
      expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.buffer))).toBe(0)
    })
  }
  await masks.release()
})

test('PackedMasks.draw() may be asked again before it has answered', async () => {
  const masks = new PackedMasks()
  const wanted = (step: number) => [1003, 65_536, 77].map((count, site) => ({ count, stream: { seed: 5, step, site } }))
  const both = await Promise.all([masks.draw(wanted(0), 0.1), masks.draw(wanted(1), 0.5)])
  expect(both).toEqual([await masks.draw(wanted(0), 0.1), await masks.draw(wanted(1), 0.5)])
  await masks.release()
})
