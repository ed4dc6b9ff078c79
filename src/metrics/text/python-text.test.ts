import { describe, expect, it } from 'vitest'
import { metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { lower, splitWords, strip, stripEnd } from './python-text.ts'

interface Characters {
  readonly lower: Readonly<Record<string, string>>
  readonly texts: Readonly<Record<string, string>>
  readonly spaces: readonly string[]
}

const golden = metricsGolden<Characters>('characters')

function everyCharacter(): string[] {
  return Array.from({ length: 0x110000 }, (_, code) => code)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code))
}

describe('lower()', () => {
  it('lowers the characters that CPython lowers, and no other', () => {
    const wrong = everyCharacter().filter((character) => {
      const wanted = Object.hasOwn(golden.lower, character) ? golden.lower[character] : character
      return lower(character) !== wanted
    })
    expect(wrong).toEqual([])
    expect(Object.keys(golden.lower).length).toBe(1433)
  })

  it('writes a final sigma where CPython does', () => {
    for (const [text, lowered] of Object.entries(golden.texts)) expect(lower(text)).toBe(lowered)
  })
})

describe('splitWords(), strip() and stripEnd()', () => {
  it("take Python's characters for white space, and no other", () => {
    const spaces = new Set(golden.spaces)
    expect(spaces.size).toBe(29)
    const wrong = everyCharacter().filter((character) => {
      const text = `a${character}b${character}`
      const words = splitWords(text).length === 2 && stripEnd(text).endsWith('b') && strip(`${character}c`) === 'c'
      return words !== spaces.has(character)
    })
    expect(wrong).toEqual([])
  })

  it('give nothing for nothing', () => {
    expect(splitWords('')).toEqual([])
    expect(strip(' \t ')).toBe('')
  })
})
