import { inflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { PageExamples } from './example-data.ts'
import { packExamples } from './pack-examples.ts'

const count = 300
const random = seededRandom(5)
const word = (): string => String(random.below(1e9))
const examples: PageExamples = {
  notes: [],
  sets: [
    {
      task: 'a2t',
      split: '',
      classes: undefined,
      score: { name: 'bleu', lowIsBetter: false, best: 100 },
      arms: [1, 2, 1, 2].map((seed, at) => ({
        chain: at < 2 ? 'fresh' : 'taught',
        seed,
        given: Array.from({ length: count }, () => at),
      })),
      rows: Array.from({ length: count }, () => ({
        source: word(),
        reference: word(),
        answers: Array.from({ length: 4 }, () => ({ text: word(), right: false, score: 0 })),
      })),
    },
  ],
}

const unpacked = (text: string): PageExamples =>
  JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString()) as PageExamples

it('packExamples() keeps all that there is room for', () => {
  expect(unpacked(packExamples(examples, 1e6))).toEqual(JSON.parse(JSON.stringify(examples)))
})

it('packExamples() shows one seed of each chain where all are too much, then fewer rows, and says so', () => {
  const whole = packExamples(examples, 1e6).length
  const [set] = examples.sets
  const two = unpacked(packExamples(examples, 0.8 * whole))
  expect(two.notes[0]).toMatch(/^For the size of this file each chain is shown with one seed;/u)
  const [{ arms, rows }] = two.sets as [(typeof two.sets)[number]]
  expect(arms.map(({ chain, seed }) => [chain, seed])).toEqual([
    ['fresh', 1],
    ['taught', 1],
  ])
  const answer = (at: number, arm: number) => rows[at]!.answers[arms[arm]!.given[at]!]
  expect(answer(7, 0)).toEqual(set!.rows[7]!.answers[0])
  expect(answer(7, 1)).toEqual(set!.rows[7]!.answers[2])
  const packed = packExamples(examples, 0.2 * whole)
  expect(packed.length).toBeLessThan(0.2 * whole)
  const few = unpacked(packed)
  expect(few.notes[0]).toContain(`the first ${few.sets[0]!.rows.length} test rows of each task`)
  expect(few.sets[0]!.rows.length).toBeGreaterThan(40)
  expect(few.sets[0]!.arms[1]!.given).toHaveLength(few.sets[0]!.rows.length)
})
