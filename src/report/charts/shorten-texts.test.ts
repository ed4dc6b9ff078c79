import { describe, expect, it } from 'vitest'
import { shortenTexts } from './shorten-texts.ts'
import { shortenText, textWidth } from './svg-text.ts'

const size = 12

describe('shortenTexts()', () => {
  it.each([
    [
      'settings in the middle',
      200,
      ['1e-4', '3e-4', '0.001'].map((rate) => `base → trader(learning_rate=${rate}, trader=file, prefix="to trade: ")`),
      ['base →…learning_rate=1e-4… ")', 'base →…learning_rate=3e-4… ")', 'base →…learning_rate=0.001…")'],
    ],
    [
      'the order of lessons',
      230,
      ['res -> a2t', 'a2t -> res'].map(
        (order) => `mt5 -> titles of abstracts -> ${order} -> labels of restaurant reviews`,
      ),
      ['mt5 -> titles …res -> a2t… reviews', 'mt5 -> titles …a2t -> res… reviews'],
    ],
    [
      'letters of one word',
      120,
      ['3', '4'].map((digit) => `${'a'.repeat(40)}${digit}${'b'.repeat(40)}`),
      ['aaaaaaa…3…bbbbbb', 'aaaaaaa…4…bbbbbb'],
    ],
    [
      'more than there is room for',
      120,
      ['1', '2'].map(
        (value) =>
          `base -> task(first=${value}, second=${value}, third=${value}, fourth=${value}, fifth=${value}) and its last lesson`,
      ),
      undefined,
    ],
  ])('keeps what texts differ in: %s', (_, width, texts, wanted) => {
    expect(new Set(texts.map((text) => shortenText(text, size, width))).size).toBeLessThan(texts.length)
    const short = shortenTexts(texts, size, width)
    if (wanted !== undefined) expect(short).toEqual(wanted)
    expect(new Set(short).size).toBe(texts.length)
    for (const text of short) expect(textWidth(text, size)).toBeLessThanOrEqual(width)
  })

  it('cuts all others in the middle, the same text alike, and gives up where nothing fits', () => {
    const long = 'A chain with words and many more of them than fit'
    expect(shortenTexts([long, 'short', long], size, 150)).toEqual([
      shortenText(long, size, 150),
      'short',
      shortenText(long, size, 150),
    ])
    expect(shortenTexts(['one text', 'another'], size, 1)).toHaveLength(2)
  })
})
