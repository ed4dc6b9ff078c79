import { expect, test } from 'vitest'
import type { Tensor } from '../../graph/tensor.ts'
import { MasksAhead } from './masks-ahead.ts'
import type { PackedMask } from './packed-masks.ts'

const sites = [
  { name: 'a', shape: ['N', 4] },
  { name: 'b', shape: ['B', 2, 'S', 'S'] },
]

test('MasksAhead.take() gives what was begun, and draws once', async () => {
  const { ahead, asked } = counting()
  ahead.begin(sites, passOf(1, 0))
  ahead.begin(sites, passOf(1, 0))
  expect(asked.map((masks) => masks.map(({ count }) => count))).toEqual([[28, 36]])
  expect(await ahead.take(sites, passOf(1, 0))).toHaveLength(2)
  expect(asked).toHaveLength(1)
  expect(await ahead.take(sites, passOf(1, 0))).toHaveLength(2)
  expect(asked).toHaveLength(2)
})

test.each([
  ['step', passOf(2, 0)],
  ['pass', passOf(1, 8)],
  ['extents', { ...passOf(1, 0), extents: { B: 2, N: 8, S: 3 } }],
])('MasksAhead.take() draws anew for another %s', async (_, other) => {
  const { ahead, asked } = counting()
  ahead.begin(sites, passOf(1, 0))
  await ahead.take(sites, other)
  expect(asked).toHaveLength(2)
  expect(asked[1]!.map(({ stream }) => stream)).toEqual(
    sites.map((__, site) => ({ seed: 3, step: other.dropout.step, site: other.dropout.pass * 65536 + site })),
  )
})

test('MasksAhead tells whoever takes masks that they could not be drawn', async () => {
  const ahead = new MasksAhead(() => Promise.reject(new Error('a thread has ended')))
  ahead.begin(sites, passOf(1, 0))
  await expect(ahead.take(sites, passOf(1, 0))).rejects.toThrow('a thread has ended')
})

function passOf(step: number, pass: number) {
  return { extents: { B: 2, N: 7, S: 3 }, dropout: { probability: 0.1, seed: 3, step, pass } }
}

function counting() {
  const asked: (readonly PackedMask[])[] = []
  const draw = async (masks: readonly PackedMask[]): Promise<Tensor[]> => {
    asked.push(masks)
    return masks.map(() => ({ type: 'uint8', data: new Uint8Array(1), dims: [1] }))
  }
  return { ahead: new MasksAhead(draw), asked }
}
