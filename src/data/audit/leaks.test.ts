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
  test('ends with a text whose only run of characters has the largest hash there is', () => {
    expect(shingleSet('与洶裆')).toEqual(Uint32Array.of(0xffffffff))
    const texts = ['与洶裆']
    expect(
      findLeaks([
        { task: 'a', split: 'train', texts },
        { task: 'a', split: 'test', texts },
      ]),
    ).toHaveLength(2)
  })

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

  test('ends with texts that are all somewhat alike, and says that they were not all compared', () => {
    const template = Array.from({ length: 60 }, () => words[random.below(words.length)]!)
    // One word in ten is a text's own: a similarity of about 0.73.
    const own = (): string =>
      template.map((word, at) => (at % 10 === 0 ? words[random.below(words.length)] : word)).join(' ')
    const texts = Array.from({ length: 4000 }, own)
    const notes: string[] = []
    const leaks = findLeaks(
      [
        { task: 'a', split: 'train', texts: texts.slice(0, 3000) },
        { task: 'a', split: 'test', texts: texts.slice(3000) },
      ],
      { threshold: 0.85, onNote: (sentence) => notes.push(sentence) },
    )
    expect(leaks.every(({ near }) => near.length < 60)).toBe(true)
    expect(notes).toEqual([expect.stringMatching(/^\d+ different texts are so much like many others that/)])
  }, 20_000)

  test('samples the larger splits where there are too many texts, and says so', () => {
    const train = Array.from({ length: 200 }, () => sentence(30))
    const notes: string[] = []
    const [, ofTest] = findLeaks(
      [
        { task: 'a', split: 'train', texts: train },
        { task: 'a', split: 'test', texts: train.slice(0, 50).map((text) => `${text} and more`) },
      ],
      { most: 150, onNote: (sentence) => notes.push(sentence) },
    )
    // All 50 of the test, and every second one of the 200 others.
    expect(ofTest!.near).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i))
    expect(notes).toEqual([expect.stringContaining('among 150 of 250 different texts')])
  })
})

test('jaccard() of shingle sets is shared over all', () => {
  expect(jaccard(Uint32Array.of(1, 2, 3), Uint32Array.of(2, 3, 4))).toBe(0.5)
  expect(jaccard(shingleSet('abcdef'), shingleSet('abcdef'))).toBe(1)
  expect(jaccard(shingleSet('abcdef'), shingleSet('xbcdef'))).toBeCloseTo(1 / 3)
})
