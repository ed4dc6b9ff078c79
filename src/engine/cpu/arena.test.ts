import { describe, expect, it } from 'vitest'
import { ParameterArenas } from './arena.ts'

describe('ParameterArenas', () => {
  it('places separate aligned arrays, as many and as large as the optimizer wants them', () => {
    const arenas = new ParameterArenas(
      [
        { name: 'a', size: 5, taught: { optimizer: [5, 5] } },
        { name: 'b', size: 1000, taught: { optimizer: [1000, 3] } },
        { name: 'table', size: 21, taught: { optimizer: [21] }, rows: { rows: 7, width: 3 } },
      ],
      { scratchBytes: 1024 },
    )
    const views = arenas.places.flatMap(({ name }) => [
      arenas.parameter(name),
      arenas.gradient(name),
      ...arenas.optimizerArrays(name),
    ])
    views.forEach((view, i) => {
      view.fill(i + 1)
    })
    arenas.touchedRows('table').fill(255)
    const scratch = arenas.scratch(100, 'table')
    new Uint8Array(scratch.buffer, scratch.offset, scratch.bytes).fill(255)
    views.forEach((view, i) => {
      expect(view.every((value) => value === i + 1)).toBe(true)
      expect(view.byteOffset % 64).toBe(0)
      expect(view.byteOffset).toBeGreaterThan(0)
    })
    expect(arenas.optimizerArrays('b').map(({ length }) => length)).toEqual([1000, 3])
    expect(arenas.places.map(({ name }) => name)).toEqual(['b', 'table', 'a'])
    expect(arenas.touchedRows('table')).toHaveLength(7)
    expect(arenas.place('table').kernel).toBe(scratch.kernel)
  })

  it('holds mT5-small in two memories without taking memory for what is never written', () => {
    const before = process.memoryUsage.rss()
    const width = 512
    const twice = (size: number) => ({ size, taught: { optimizer: [size, size] } })
    const arenas = new ParameterArenas(
      [
        { name: 'norm', ...twice(width) },
        { name: 'blocks', ...twice(44_058_176) },
        { name: 'shared', ...twice(250_112 * width), rows: { rows: 250_112, width } },
        { name: 'lm_head', ...twice(250_112 * width) },
      ],
      { scratchBytes: 2 ** 24 },
    )
    const memories = new Set(arenas.places.map(({ name }) => arenas.parameter(name).buffer))
    expect(memories.size).toBe(2)
    expect(arenas.parameter('shared').buffer).toBe(arenas.parameter('lm_head').buffer)

    const last = arenas.optimizerArrays('lm_head')[1]!
    expect(last.byteOffset).toBeGreaterThan(3.3 * 2 ** 30)
    last[last.length - 1] = 7
    expect(arenas.optimizerArrays('lm_head')[1]!.at(-1)).toBe(7)
    expect(arenas.parameter('norm').every((value) => value === 0)).toBe(true)
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6)
  })

  it('takes one array a tensor that is only read', () => {
    const arenas = new ParameterArenas([{ name: 'shared', size: 600e6 }])
    expect(arenas.parameter('shared')).toHaveLength(600e6)
    expect(() => arenas.gradient('shared')).toThrow(/only read/)
    expect(arenas.optimizerArrays('shared')).toEqual([])
  })

  it('names the tensor that does not fit', () => {
    expect(() => new ParameterArenas([{ name: 'shared', size: 270e6, taught: { optimizer: [270e6, 270e6] } }])).toThrow(
      /Cannot hold tensor "shared" of 270000000 elements as it takes 4.0 GiB of memory .* 4 GiB is the limit/,
    )
  })

  it('gives scratch near a tensor until its arena is full', () => {
    const arenas = new ParameterArenas([{ name: 'a', size: 16 }], { scratchBytes: 2 ** 20 })
    const first = arenas.scratch(1000, 'a')
    const second = arenas.scratch(1000, 'a')
    expect(first.buffer).toBe(arenas.parameter('a').buffer)
    expect(second.buffer).toBe(first.buffer)
    expect(second.offset).toBeGreaterThanOrEqual(first.offset + 1000)
    expect(second.offset % 64).toBe(0)
    expect(() => arenas.scratch(2 ** 21, 'a')).toThrow(/2097152 bytes of working memory near "a".*smaller batches/)
  })

  it('names a tensor that would leave no room for scratch', () => {
    const size = 2 ** 30 - 2 ** 10
    expect(() => new ParameterArenas([{ name: 'shared', size }], { scratchBytes: 2 ** 20 })).toThrow(
      /Cannot hold tensor "shared"/,
    )
  })

  it('refuses what is our own mistake', () => {
    expect(() => new ParameterArenas([{ name: 'a', size: 7, rows: { rows: 2, width: 3 } }])).toThrow(/not 7 elements/)
    expect(() => new ParameterArenas(['a', 'a'].map((name) => ({ name, size: 1 })))).toThrow(/"a" twice/)
    expect(() => new ParameterArenas([]).parameter('constructor')).toThrow(/"constructor"/)
  })
})
