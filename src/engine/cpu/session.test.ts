import { expect, it } from 'vitest'
import { GraphBuilder } from '../../graph/builder.ts'
import { range } from '../../graph/integers.ts'
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

it('GraphSession leaves outputs where they were written: nothing is copied, whether memory was given or not', async () => {
  const rows = 2 ** 18
  const session = await GraphSession.create(productGraph(), 2)
  const feeds: Record<string, Tensor> = {
    x: { type: 'float', data: new Float32Array(rows * 64).fill(1), dims: [rows, 64] },
    w: { type: 'float', data: new Float32Array(64 * 64).fill(0.5), dims: [64, 64] },
  }
  const y = new Float32Array(rows * 64)
  const arraysBefore = process.memoryUsage().arrayBuffers
  await session.run(feeds, { y: { type: 'float', data: y, dims: [rows, 64] } })
  expect(process.memoryUsage().arrayBuffers - arraysBefore).toBeLessThan(y.byteLength / 16)
  expect([y[0], y[rows * 64 - 1]]).toEqual([32, 32])

  const fresh = await session.run(feeds, { y: null })
  expect(process.memoryUsage().arrayBuffers - arraysBefore).toBeLessThan(y.byteLength * 1.1)
  expect(fresh.y.dims).toEqual([rows, 64])
  expect([fresh.y.data[0], fresh.y.data[rows * 64 - 1]]).toEqual([32, 32])
  await session.release()
})

it('GraphSession gives outputs of which no input tells the extents', async () => {
  const g = new GraphBuilder()
  g.output('numbers', range(g, g.input('end', 'int64', []), 'K'))
  const session = await GraphSession.create(g, 1)
  const { numbers } = await session.run(
    { end: { type: 'int64', data: BigInt64Array.of(3n), dims: [] } },
    { numbers: null },
  )
  expect(numbers).toEqual({ type: 'int64', data: BigInt64Array.of(0n, 1n, 2n), dims: [3] })
  await session.release()
})

it('GraphSession gives an output in the memory that it was read from', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  g.output('y', g.add(x, g.scalar(1)))
  const session = await GraphSession.create(g, 1)
  const data = Float32Array.of(1, 2, 3)
  const { y } = await session.run({ x: { type: 'float', data, dims: [3] } }, { y: { type: 'float', data, dims: [3] } })
  expect([...y.data]).toEqual([2, 3, 4])
  await session.release()
})

it('GraphSession throws what onnxruntime says of a run that fails', async () => {
  const g = new GraphBuilder()
  g.output('y', g.gather(g.input('x', 'float', ['N']), g.input('at', 'int64', [1])))
  const session = await GraphSession.create(g, 1)
  const feeds: Record<string, Tensor> = {
    x: { type: 'float', data: new Float32Array(4), dims: [4] },
    at: { type: 'int64', data: BigInt64Array.of(9n), dims: [1] },
  }
  await expect(session.run(feeds, { y: null })).rejects.toThrow('out of data bounds')
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
