import { describe, expect, test } from 'vitest'
import { Fault } from '../../base/fault.ts'
import { splitRows } from './split.ts'

const counts = (rows: ReturnType<typeof splitRows>): number[] => [
  rows.train.length,
  rows.validation.length,
  rows.test.length,
]

describe('splitRows()', () => {
  test.each([
    [40_000, 36_000, 2_000, 2_000],
    [20_000, 18_000, 1_000, 1_000],
    [1_525, 1_143, 191, 191],
  ])('cuts %i rows into the paper’s %i/%i/%i without overlap', (n, train, validation, testRows) => {
    const rows = splitRows(n, { train, validation, test: testRows }, { seed: 42 })
    expect(counts(rows)).toEqual([train, validation, testRows])
    expect(new Set([...rows.train, ...rows.validation, ...rows.test]).size).toBe(n)
  })

  test('gives the same rows for the same seed and others for another', () => {
    const sizes = { train: 80, validation: 10, test: 10 }
    expect(splitRows(100, sizes, { seed: 7 })).toEqual(splitRows(100, sizes, { seed: 7 }))
    expect(splitRows(100, sizes, { seed: 7 })).not.toEqual(splitRows(100, sizes, { seed: 8 }))
    expect(splitRows(100, sizes, { seed: 42 }).test).toMatchInlineSnapshot(`
      Int32Array [
        92,
        96,
        65,
        54,
        89,
        84,
        0,
        44,
        97,
        30,
      ]
    `)
  })

  test('leaves out rows beyond the sizes, and gives train the rest when it has none', () => {
    expect(counts(splitRows(100, { train: 10, validation: 5, test: 5 }))).toEqual([10, 5, 5])
    expect(counts(splitRows(100, { validation: 5, test: 0.1 }))).toEqual([85, 5, 10])
  })

  test('rounds shares by largest remainder', () => {
    expect(counts(splitRows(3, { train: 0.5, validation: 0.5, test: 0 }))).toEqual([2, 1, 0])
    expect(counts(splitRows(1525, { train: 0.75, validation: 0.125, test: 0.125 }))).toEqual([1144, 191, 190])
    expect(counts(splitRows(10, { train: 0.7, validation: 0.2, test: 0.1 }))).toEqual([7, 2, 1])
  })

  test('keeps the file’s order without shuffling', () => {
    const rows = splitRows(5, { train: 3, validation: 1, test: 1 }, { shuffle: false })
    expect([[...rows.train], [...rows.validation], [...rows.test]]).toEqual([[0, 1, 2], [3], [4]])
  })

  test('puts no group into two splits', () => {
    const groups = Array.from({ length: 1000 }, (_, i) => `article ${Math.floor(i / 5)}`)
    const rows = splitRows(1000, { train: 800, validation: 100, test: 100 }, { groups })
    expect(counts(rows)).toEqual([800, 100, 100])
    const [train, validation, held] = [rows.train, rows.validation, rows.test].map(
      (part) => new Set([...part].map((row) => groups[row])),
    )
    expect([...validation!, ...held!].filter((group) => train!.has(group))).toEqual([])
    expect([...held!].filter((group) => validation!.has(group))).toEqual([])
  })

  test('places every row of unlike groups when shares ask for all', () => {
    const groups = Array.from({ length: 100 }, (_, i) => Math.floor(Math.sqrt(i)))
    const rows = splitRows(100, { train: 0.5, validation: 0.25, test: 0.25 }, { groups })
    expect(counts(rows).reduce((a, b) => a + b)).toBe(100)
  })

  test('refuses sizes that cannot be met', () => {
    expect(() => splitRows(10, { train: 8, validation: 2, test: 1 })).toThrow(
      new Fault('Cannot split 10 rows into 8 train + 2 validation + 1 test = 11: ask for fewer or give more data'),
    )
    expect(() => splitRows(10, { train: 0.8, validation: 0.3 })).toThrow('add up to 1.1')
    expect(() => splitRows(10, { train: 2.5 })).toThrow('train is 2.5')
    expect(() => splitRows(4, { train: 2, validation: 1, test: 1 }, { groups: [1, 1, 1, 1] })).toThrow(Fault)
  })
})
