import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { byteTrie, exactMatch, longestMatchEnd } from './byte-trie.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('byteTrie()', () => {
  it('finds every key and nothing else', () => {
    const random = seededRandom(1)
    const keys = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      let key = ''
      for (let length = 1 + random.below(7); length > 0; length--) key += String.fromCodePoint(1 + random.below(1300))
      keys.set(key, i)
    }
    const trie = byteTrie([...keys.keys()].map(bytes), [...keys.values()])
    for (const [key, number] of keys) {
      const found = bytes(key)
      expect(exactMatch(trie, found, 0, found.length)).toBe(number)
    }
    let absent = 0
    for (const key of keys.keys()) {
      const other = `${key.slice(0, -1)}\u{10ffff}`
      if (exactMatch(trie, bytes(other), 0, bytes(other).length) === -1) absent++
    }
    expect(absent).toBe(keys.size)
  })

  it('keeps the last number of a key that comes twice and leaves empty keys out', () => {
    const trie = byteTrie([bytes('a'), bytes(''), bytes('a')], [0, 1, 2])
    expect(exactMatch(trie, bytes('a'), 0, 1)).toBe(2)
    expect(exactMatch(trie, bytes('a'), 0, 0)).toBe(-1)
  })

  it('holds keys with all 256 bytes at one node', () => {
    const keys = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(7, byte))
    const trie = byteTrie(
      keys,
      keys.map((_, i) => i),
    )
    keys.forEach((key, i) => {
      expect(exactMatch(trie, key, 0, 2)).toBe(i)
    })
  })
})

describe('longestMatchEnd()', () => {
  it('prefers the longest key', () => {
    const trie = byteTrie([bytes('ab'), bytes('abcd'), bytes('b')], [0, 1, 2])
    const text = bytes('xabcde')
    expect(longestMatchEnd(trie, text, 0, text.length)).toBe(-1)
    expect(longestMatchEnd(trie, text, 1, text.length)).toBe(5)
    expect(longestMatchEnd(trie, text, 1, 4)).toBe(3)
  })
})
