import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { corruptionWindow, corruptSpans, spanCounts, splitIntoWindows, t5Spans } from './span-corruption.ts'

const sentinelIds = Int32Array.from({ length: 100 }, (_, i) => 32_099 - i)
const settings = (seed: number, spans = t5Spans) => ({ ...spans, sentinelIds, eosId: 1, random: seededRandom(seed) })
const textOf = (length: number) => Int32Array.from({ length }, (_, i) => 10 + i)

/** Puts the target's spans back in the places of their sentinels. */
function restore(source: Int32Array, target: Int32Array): number[] {
  const spans = new Map<number, number[]>()
  let span: number[] = []
  for (const id of target.subarray(0, -1)) {
    if (sentinelIds.includes(id)) {
      span = []
      spans.set(id, span)
    } else span.push(id)
  }
  return Array.from(source.subarray(0, -1)).flatMap((id) => spans.get(id) ?? [id])
}

describe('corruptSpans()', () => {
  it('hides spans that put back give the text, for every length and other densities', () => {
    for (const spans of [
      t5Spans,
      { density: 0.5, meanSpan: 1 },
      { density: 0.3, meanSpan: 10 },
      { density: 0.9, meanSpan: 3 },
    ]) {
      for (let length = 0; length < 180; length++) {
        const { source, target } = corruptSpans(textOf(length), settings(length, spans))
        expect(restore(source, target)).toEqual(Array.from(textOf(length)))
        expect(source.at(-1)).toBe(1)
        expect(target.at(-1)).toBe(1)
      }
    }
  })

  it('hides exactly as many tokens and spans as spanCounts() says, with sentinels in order', () => {
    for (const length of [2, 3, 10, 30, 200, 568]) {
      const { source, target } = corruptSpans(textOf(length), settings(length))
      const { tokens, spans } = spanCounts(length, t5Spans)
      expect(source.length).toBe(length - tokens + spans + 1)
      expect(target.length).toBe(tokens + spans + 1)
      const used = [...sentinelIds.subarray(0, spans)]
      expect([...source].filter((id) => id > 32_000)).toEqual(used)
      expect([...target].filter((id) => id > 32_000)).toEqual(used)
    }
  })

  it('hides nothing of a text of one token', () => {
    expect(corruptSpans([7], settings(1))).toEqual({ source: Int32Array.of(7, 1), target: Int32Array.of(1) })
  })

  it('cuts spans of varied length, each token as likely as its place allows', () => {
    const hidden = new Float64Array(100)
    const lengths = new Map<number, number>()
    const random = seededRandom(3)
    const rounds = 4000
    for (let round = 0; round < rounds; round++) {
      const { target } = corruptSpans(textOf(100), { ...settings(0), random })
      let length = 0
      for (const id of target.subarray(1)) {
        if (id >= 10 && id < 110) {
          hidden[id - 10]!++
          length++
        } else {
          lengths.set(length, (lengths.get(length) ?? 0) + 1)
          length = 0
        }
      }
    }
    // 15 tokens in 5 spans: P(length 1) = C(13, 3) / C(14, 4), a share of 2/7 of the spans.
    expect(lengths.get(1)! / (rounds * 5)).toBeCloseTo(2 / 7, 2)
    expect(hidden[0]).toBe(0)
    const middle = hidden.subarray(20, 80).reduce((sum, count) => sum + count, 0) / 60 / rounds
    expect(middle).toBeCloseTo(0.15, 1)
    expect(Math.min(...hidden.subarray(10))).toBeGreaterThan(rounds * 0.1)
  })

  it('says when there are too few sentinels', () => {
    expect(() => corruptSpans(textOf(100), { ...settings(1), sentinelIds: [5, 4] })).toThrow(/5 spans.*2 sentinels/)
  })

  it('gives the same for the same seed and another for another', () => {
    expect(corruptSpans(textOf(50), settings(5))).toEqual(corruptSpans(textOf(50), settings(5)))
    expect(corruptSpans(textOf(50), settings(5))).not.toEqual(corruptSpans(textOf(50), settings(6)))
  })
})

describe('spanCounts()', () => {
  it("equals T5's numbers of hidden tokens and spans", () => {
    const path = new URL('../../test/fixtures/span-counts/span-counts.json', import.meta.url)
    const cases = JSON.parse(readFileSync(path, 'utf8')) as {
      density: number
      mean_span: number
      counts: [length: number, tokens: number, spans: number][]
    }[]
    expect(cases.length).toBeGreaterThan(3)
    for (const { density, mean_span: meanSpan, counts } of cases) {
      const ours = counts.map(([length]) => {
        const { tokens, spans } = spanCounts(length, { density, meanSpan })
        return [length, tokens, spans]
      })
      expect(ours).toEqual(counts)
    }
  })

  it('refuses shares outside 0 to 1 and spans below one token', () => {
    expect(() => spanCounts(10, { density: 0, meanSpan: 3 })).toThrow(RangeError)
    expect(() => spanCounts(10, { density: 1, meanSpan: 3 })).toThrow(RangeError)
    expect(() => spanCounts(10, { density: 0.15, meanSpan: 0.5 })).toThrow(RangeError)
  })
})

describe('corruptionWindow()', () => {
  it("gives T5's published lengths for 512 tokens", () => {
    expect(corruptionWindow(512, t5Spans)).toEqual({ tokens: 568, target: 114 })
  })

  it('is the longest window whose source fits', () => {
    for (const maxSource of [3, 8, 31, 64, 100, 257]) {
      const { tokens } = corruptionWindow(maxSource, t5Spans)
      expect(corruptSpans(textOf(tokens), settings(1)).source.length).toBeLessThanOrEqual(maxSource)
      expect(corruptSpans(textOf(tokens + 1), settings(1)).source.length).toBeGreaterThan(maxSource)
    }
  })
})

describe('splitIntoWindows()', () => {
  it('loses no token and evens out the lengths', () => {
    const windows = splitIntoWindows(textOf(23), 10)
    expect(windows.map((window) => window.length)).toEqual([7, 8, 8])
    expect(windows.flatMap((window) => [...window])).toEqual([...textOf(23)])
    expect(splitIntoWindows(textOf(20), 10).map((window) => window.length)).toEqual([10, 10])
    expect(splitIntoWindows(textOf(0), 10)).toEqual([])
  })
})
