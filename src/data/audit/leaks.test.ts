import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { findLeaks } from './leaks.ts'
import { jaccard, shingleSet } from './minhash.ts'

const random = seededRandom(5)
const words = Array.from({ length: 400 }, () =>
  Array.from({ length: 3 + random.below(6) }, () => String.fromCharCode(97 + random.below(26))).join(''),
)
const sentence = (length: number): string => Array.from({ length }, () => words[random.below(words.length)]).join(' ')
const changed = (text: string, changes: number): string => {
  const parts = text.split(' ')
  for (let i = 0; i < changes; i++) parts[random.below(parts.length)] = words[random.below(words.length)]!
  return parts.join(' ')
}

describe('findLeaks()', () => {
  test('finds equal rows between splits of one task and of others, whatever their case and spaces', () => {
    const leaks = findLeaks([
      { task: 'a', split: 'train', texts: ['The cat sat.', 'Other text here', 'Again and again'] },
      { task: 'a', split: 'test', texts: ['Nothing at all', 'the  CAT\nsat.'] },
      { task: 'b', split: 'train', texts: ['Ａgain and again', 'Again and again', ''] },
      { task: 'c', split: 'train', texts: [''] },
    ])
    const example = (row: number, other: number) => ({ row, other, similarity: 1 })
    expect(leaks).toEqual([
      { of: 0, in: 1, exact: [0], near: [], examples: [example(0, 1)] },
      { of: 0, in: 2, exact: [2], near: [], examples: [example(2, 0)] },
      { of: 1, in: 0, exact: [1], near: [], examples: [example(1, 0)] },
      { of: 2, in: 0, exact: [0, 1], near: [], examples: [example(0, 2), example(1, 2)] },
    ])
  })

  test('finds every pair that comparing all texts finds', () => {
    const train = Array.from({ length: 300 }, (_, i) => sentence(8 + (i % 40)))
    const held = train.map((text, i) => changed(text, 1 + (i % 6)))
    const trainSets = train.map(shingleSet)
    const wanted = new Map<number, number>()
    for (const [i, text] of held.entries()) {
      const set = shingleSet(text)
      const best = Math.max(...trainSets.map((other) => jaccard(set, other)))
      if (best >= 0.7) wanted.set(i, best)
    }
    const [inTest, ofTest] = findLeaks([
      { task: 'a', split: 'train', texts: train },
      { task: 'a', split: 'test', texts: held },
    ])
    expect(wanted.size).toBeGreaterThan(80)
    expect(wanted.size).toBeLessThan(280)
    expect([...ofTest!.exact, ...ofTest!.near].sort((a, b) => a - b)).toEqual([...wanted.keys()])
    expect(inTest!.near).toEqual(ofTest!.near)
    expect(ofTest!.examples).toHaveLength(3)
    expect(ofTest!.examples[0]!.similarity).toBeCloseTo(Math.max(...wanted.values()), 3)
  })

  test('calls texts near that differ and share every run of characters', () => {
    const leaks = findLeaks([
      { task: 'a', split: 'train', texts: ['ha'.repeat(10)] },
      { task: 'a', split: 'test', texts: ['ha'.repeat(11)] },
    ])
    expect(leaks.map(({ exact, near }) => [exact, near])).toEqual([
      [[], [0]],
      [[], [0]],
    ])
  })

  test('works on Chinese, which has no spaces', () => {
    const [leak] = findLeaks([
      { task: 'a', split: 'train', texts: ['这只猫昨天在公园里睡了一整天，然后回家吃饭了。'] },
      {
        task: 'a',
        split: 'test',
        texts: ['这只猫昨天在公园里睡了一整天，然后回家吃饭。', '今天天气很好，我们一起去学校学习。'],
      },
    ])
    expect(leak).toMatchObject({ of: 0, in: 1, exact: [], near: [0] })
  })

  test('finds a partner for every row of a boilerplate without comparing all pairs', () => {
    const boilerplate = sentence(60)
    const texts = Array.from({ length: 6000 }, (_, i) => `${boilerplate} ${i}`)
    const leaks = findLeaks([
      { task: 'a', split: 'train', texts: texts.slice(0, 5000) },
      { task: 'a', split: 'test', texts: texts.slice(5000) },
    ])
    const found = leaks.find((leak) => leak.of === 1)!
    expect(found.near.length).toBe(1000)
  })
})

test('jaccard() of shingle sets is shared over all', () => {
  expect(jaccard(Uint32Array.of(1, 2, 3), Uint32Array.of(2, 3, 4))).toBe(0.5)
  expect(jaccard(shingleSet('abcdef'), shingleSet('abcdef'))).toBe(1)
  expect(jaccard(shingleSet('abcdef'), shingleSet('xbcdef'))).toBeCloseTo(1 / 3)
})
