import { describe, expect, it } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { type MixtureSettings, mix } from './mixture.ts'

const twoToOne: MixtureSettings = {
  ratios: new Map([
    ['a2t', 2],
    ['trans', 1],
  ]),
  by: 'rows',
  batch: 4,
  seed: 42,
}
const parts = new Map([
  ['a2t', { rows: 100 }],
  ['trans', { rows: 40 }],
  ['other', { rows: 5 }],
])

const rowsOf = (mixture: ReturnType<typeof mix>, part: string) =>
  mixture.order.filter((row) => row.part === part).map((row) => row.row)

describe('mix()', () => {
  it('takes all rows of the part that runs out first and says which of the other it left out', () => {
    const mixture = mix(parts, twoToOne)
    expect(mixture.order).toHaveLength(120)
    const [a2t, trans] = mixture.receipt
    expect(a2t).toMatchObject({ part: 'a2t', rows: 100, drawn: 80, share: 2 / 3 })
    expect(trans).toMatchObject({ part: 'trans', rows: 40, drawn: 40, leftOut: [], share: 1 / 3 })
    expect([...rowsOf(mixture, 'a2t'), ...a2t!.leftOut].sort((x, y) => x - y)).toEqual([...Array(100).keys()])
    expect(new Set(rowsOf(mixture, 'trans')).size).toBe(40)
  })

  it('mixes the parts evenly over the order', () => {
    const firstHalf = mix(parts, twoToOne).order.slice(0, 60)
    const share = firstHalf.filter((row) => row.part === 'a2t').length / 60
    expect(share).toBeGreaterThan(0.5)
    expect(share).toBeLessThan(0.85)
  })

  it('draws other rows for another seed, and the same in another order for another epoch', () => {
    const first = mix(parts, twoToOne)
    expect(mix(parts, twoToOne)).toEqual(first)
    expect(mix(parts, { ...twoToOne, seed: 43 }).receipt[0]!.leftOut).not.toEqual(first.receipt[0]!.leftOut)
    const second = mix(parts, { ...twoToOne, epoch: 1 })
    expect(second.receipt).toEqual(first.receipt)
    expect(second.order).not.toEqual(first.order)
  })

  it('does not lose rows to fractions', () => {
    const thirds = mix(
      new Map([
        ['a2t', { rows: 36_000 }],
        ['trans', { rows: 18_000 }],
      ]),
      {
        ...twoToOne,
        ratios: new Map([
          ['a2t', 2 / 3],
          ['trans', 1 / 3],
        ]),
      },
    )
    expect(thirds.receipt.map((part) => part.drawn)).toEqual([36_000, 18_000])
  })

  it('goes round in complete rounds when rows repeat', () => {
    const mixture = mix(parts, {
      ...twoToOne,
      ratios: new Map([
        ['a2t', 1],
        ['trans', 1],
      ]),
      repeat: true,
    })
    expect(mixture.receipt.map((part) => part.drawn)).toEqual([100, 100])
    const times = new Map<number, number>()
    for (const row of rowsOf(mixture, 'trans')) times.set(row, (times.get(row) ?? 0) + 1)
    expect(new Set(times.values())).toEqual(new Set([2, 3]))
    expect(times.size).toBe(40)
  })

  it('holds the ratio of tokens where rows are of unlike length', () => {
    const random = seededRandom(1)
    const long = Array.from({ length: 300 }, () => 100 + random.below(200))
    const short = Array.from({ length: 900 }, () => 5 + random.below(20))
    const byTokens = new Map([
      ['a2t', { rows: 300, tokens: long }],
      ['trans', { rows: 900, tokens: short }],
    ])
    for (const repeat of [false, true]) {
      const { receipt } = mix(byTokens, { ...twoToOne, by: 'tokens', repeat })
      expect(receipt[0]!.tokens! / receipt[1]!.tokens!).toBeCloseTo(2, 1)
      expect(receipt[0]!.share).toBeCloseTo(2 / 3, 2)
      expect(receipt.some((part) => part.leftOut.length === 0)).toBe(true)
    }
    const { receipt } = mix(byTokens, { ...twoToOne, by: 'tokens' })
    expect(receipt[1]).toMatchObject({ drawn: 900, leftOut: [] })
    expect(receipt[0]!.drawn + receipt[0]!.leftOut.length).toBe(300)
  })

  it('gives batches of one part in the ratio of updates', () => {
    const { order, receipt } = mix(parts, { ...twoToOne, by: 'updates' })
    expect(receipt.map((part) => part.updates)).toEqual([20, 10])
    expect(order).toHaveLength(120)
    for (let at = 0; at < order.length; at += 4) {
      expect(new Set(order.slice(at, at + 4).map((row) => row.part)).size).toBe(1)
    }
    const firstParts = order.slice(0, 60).map((row) => row.part)
    expect(new Set(firstParts).size).toBe(2)
  })

  it('counts tokens in the receipt where lengths are known', () => {
    const known = new Map([
      ['a2t', { rows: 2, tokens: [3, 4] }],
      ['trans', { rows: 1, tokens: [5] }],
    ])
    expect(mix(known, twoToOne).receipt.map((part) => part.tokens)).toEqual([7, 5])
  })

  it('names the part that ends the mixture where that leaves another one nothing', () => {
    const three = (by: 'rows' | 'updates', other: number): MixtureSettings => ({
      ...twoToOne,
      by,
      batch: 8,
      ratios: new Map([
        ['a2t', 1],
        ['trans', 1],
        ['other', other],
      ]),
    })
    expect(() => mix(parts, three('updates', 1))).toThrow(
      'Cannot mix "other" in as its 5 rows are less than one batch of 8 rows: give it more rows, or a smaller batch',
    )
    expect(() => mix(parts, three('rows', 10))).toThrow(
      'Cannot mix "a2t" in as its share is less than one row, as "other" with its 5 rows ends the mixture: give it a larger ratio, or "other" more rows',
    )
  })

  it.each(['rows', 'updates'] as const)('refuses ratios by which rows would be repeated without end, by %s', (by) => {
    for (const far of [1e300, 1e9]) {
      const ratios = new Map([
        ['a2t', far],
        ['trans', 1],
      ])
      expect(() => mix(parts, { ...twoToOne, ratios, by, repeat: true })).toThrow(
        'Cannot mix "a2t" in as it would be repeated to more than 16,777,216 rows: "trans" ends the mixture',
      )
    }
  })

  it('names the part that cannot be mixed in', () => {
    const withRatio = (name: string, ratio: number) => ({
      ...twoToOne,
      ratios: new Map([
        ['a2t', 1],
        [name, ratio],
      ]),
    })
    expect(() => mix(parts, withRatio('res', 1))).toThrow(/"res".*no such part/)
    expect(() => mix(parts, withRatio('trans', 0))).toThrow(/"trans".*ratio 0/)
    expect(() => mix(parts, withRatio('trans', 0.001))).toThrow(/"trans".*less than one row/)
    expect(() => mix(parts, { ...withRatio('other', 1), by: 'updates', batch: 8 })).toThrow(/batch of 8 rows/)
    expect(() => mix(new Map([['a2t', { rows: 0 }]]), { ...twoToOne, ratios: new Map([['a2t', 1]]) })).toThrow(
      /no rows/,
    )
  })
})
