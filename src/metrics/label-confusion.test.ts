import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { labelConfusion } from './label-confusion.ts'
import { multiLabelScores } from './labels.ts'

interface Case {
  readonly references: readonly (readonly string[])[]
  readonly predictions: readonly (readonly string[])[]
  readonly report: readonly { label: string; precision: number; recall: number; 'f1-score': number; support: number }[]
  readonly confusion?: readonly (readonly number[])[]
}
const file = new URL('../../test/fixtures/label-confusion/cases.json', import.meta.url)
const { labels, cases } = JSON.parse(readFileSync(file, 'utf8')) as { labels: string[]; cases: Case[] }

describe('labelConfusion()', () => {
  it('equals scikit-learn’s confusion matrix where each example has one label or none', () => {
    const single = cases.filter(({ confusion }) => confusion !== undefined)
    expect(single).toHaveLength(3)
    for (const { predictions, references, confusion } of single) {
      expect(labelConfusion(predictions, references, labels)).toEqual(confusion)
    }
  })

  it('says of several labels which was missed and what was given instead', () => {
    const counts = labelConfusion(
      [['b', 'c'], ['a'], [], ['a'], []],
      [['a', 'c'], ['a', 'b'], [], [], ['a', 'b']],
      ['a', 'b', 'c'],
    )
    expect(counts).toEqual([
      [1, 1, 0, 1], // a: right once, b instead of it once, missed with nothing instead once
      [0, 0, 0, 2],
      [0, 0, 1, 0],
      [1, 0, 0, 1], // a given where there was none; none in both
    ])
  })
})

describe('multiLabelScores()', () => {
  it('equals classification_report for each label', () => {
    for (const { predictions, references, report } of cases) {
      const { perLabel } = multiLabelScores(predictions, references, { labels })
      for (const [at, golden] of report.entries()) {
        const own = perLabel[at]!
        expect([own.label, own.support]).toEqual([golden.label, golden.support])
        expect(own.precision).toBeCloseTo(golden.precision, 12)
        expect(own.recall).toBeCloseTo(golden.recall, 12)
        expect(own.f1).toBeCloseTo(golden['f1-score'], 12)
      }
    }
  })
})
