import { expect, it } from 'vitest'
import { GraphBuilder } from '../../graph/builder.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { ParameterArenas } from './arena.ts'
import { GraphSession } from './session.ts'

function productGraph(): GraphBuilder {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 64])
  const w = g.input('w', 'float', [64, 64])
  g.output('y', g.matmul(x, w))
  return g
}

it('GraphSession reads and writes arenas in place, also above 2 GiB', async () => {
  const arenas = new ParameterArenas(
    [
      { name: 'large', size: 600e6 },
      { name: 'w', size: 64 * 64 },
    ],
    { scratchBytes: 1024 },
  )
  const w = arenas.parameter('w')
  expect(w.byteOffset).toBeGreaterThan(2 ** 31)
  for (let i = 0; i < 64; i++) w[i * 65] = i + 1
  const scratch = arenas.scratch(2 * 64 * 4, 'w')
  const y = new Float32Array(scratch.buffer, scratch.offset, 2 * 64)
  const feeds: Record<string, Tensor> = {
    x: { type: 'float', data: new Float32Array(2 * 64).fill(1).fill(2, 64), dims: [2, 64] },
    w: { type: 'float', data: w, dims: [64, 64] },
  }
  const session = await GraphSession.create(productGraph(), 1)
  const results = await session.run(feeds, { y: { type: 'float', data: y, dims: [2, 64] } })
  expect(results.y.data).toBe(y)
  expect([...y]).toEqual(Array.from({ length: 128 }, (_, i) => ((i % 64) + 1) * (i < 64 ? 1 : 2)))

  w[0] = 7
  const fresh = await session.run(feeds, { y: null })
  expect([fresh.y.data[0], fresh.y.data[64], y[0]]).toEqual([7, 14, 1])
  await session.release()
})

it('GraphSession names the input that is missing', async () => {
  const session = await GraphSession.create(productGraph(), 1)
  await expect(session.run({}, { y: null })).rejects.toThrow('Cannot run the graph without input "x"')
  await session.release()
})

it.each([1, 2])('GraphSession computes with denormal numbers as zero on %i threads', async (threads) => {
  const size = 64 * 64
  const session = await GraphSession.create(productGraph(), threads)
  const feeds: Record<string, Tensor> = {
    x: { type: 'float', data: new Float32Array(size).fill(1e-20), dims: [64, 64] },
    w: { type: 'float', data: new Float32Array(size).fill(1e-20), dims: [64, 64] },
  }
  const { y } = await session.run(feeds, { y: null })
  // By their bits: the thread that makes a session compares with denormal numbers as zero too.
  expect(new Uint32Array(y.data.buffer).every((bits) => bits === 0)).toBe(true)
  await session.release()
})
