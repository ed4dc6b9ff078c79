import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { equalThreads } from './equal-threads.ts'

const model = (...shapes: number[][]) =>
  shapes.map((shape, at) => ({ name: `p${at}`, shape, decay: true, lookedUp: false }))

describe('equalThreads()', () => {
  it('leaves wide models what they ask for, as strips of one to four threads are alike', () => {
    const small = model([250112, 512], [384, 512], [512, 384], [1024, 512], [512], [32, 6])
    for (const threads of [1, 4, 16, undefined]) expect(equalThreads(small, threads)).toBe(threads)
  })

  it('gives narrow models as many as have strips of more than 64 columns', () => {
    expect(equalThreads(model([542, 64]), 4)).toBe(1)
    expect(equalThreads(model([128, 512]), 8)).toBe(1)
    expect(equalThreads(model([256, 256]), 4)).toBe(3)
    expect(equalThreads(model([256, 256]), 2)).toBe(2)
    expect(equalThreads(model([64, 542]), undefined)).toBe(Math.min(1, availableParallelism()))
  })

  it('leaves models all of whose sums are short what they ask for', () => {
    expect(equalThreads(model([128, 64], [64, 128]), 8)).toBe(8)
  })
})
