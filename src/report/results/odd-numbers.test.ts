import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { metricByName } from '../../metrics/registry.ts'
import type { ScoreColumn } from './arms.ts'
import type { FloorRow } from './floor-answers.ts'
import { oddNumbers } from './odd-numbers.ts'

const column = (name: string, field: string, signature: string): ScoreColumn => ({
  name,
  metric: name,
  field,
  best: 1,
  signature,
})
const samples = (zeroDivision: 0 | 1): ScoreColumn =>
  column('samples_f1', 'samples_f1', metricByName('labels', { labels: ['Cost'], zeroDivision }).signature)
const bleu = (name: string, tokenize: string): ScoreColumn =>
  column(name, 'bleu', metricByName('bleu', { tokenize }).signature)

const reviews = (none: number, labelled: number): FloorRow[] =>
  Array.from({ length: none + labelled }, (_, i) => {
    const labels = i < none ? [] : ['Cost']
    return { source: `review ${i}`, target: labels.join() || 'none', labels }
  })

describe('oddNumbers()', () => {
  it("tells the most that the samples' F1 can be, where rows have no label and 0/0 is 0", () => {
    expect(oddNumbers([samples(0)], reviews(25, 75), [])).toEqual([
      'samples_f1 counts a row without labels as 0 even where the answer rightly has none, as scikit-learn does: 25 of the 100 test rows have none, so 0.7500 is the most that can be reached on all of them.',
    ])
    expect(oddNumbers([samples(1)], reviews(25, 75), [])).toEqual([])
    expect(oddNumbers([samples(0)], reviews(1, 199), [])[0]).toMatch(
      /1 of the 200 test rows have none, so 0\.9950 is the most/u,
    )
    expect(oddNumbers([samples(0)], reviews(0, 100), [])).toEqual([])
    expect(oddNumbers([column('exact', 'exact', samples(0).signature)], reviews(25, 75), [])).toEqual([])
  })

  it('tells that 13a takes a sentence without spaces for one word', () => {
    const chinese = Array.from({ length: 10 }, (_, i) => ({ source: `it is ${i}`, target: `这是第${i}句话。` }))
    expect(oddNumbers([bleu('bleu', 'zh'), bleu('bleu-13a', '13a')], chinese, [])).toEqual([
      'bleu-13a takes all that stands between spaces and signs for one word, and these targets have no spaces between words: low scores are usual, whatever the answers are.',
    ])
    expect(oddNumbers([bleu('bleu', 'zh')], chinese, [])).toEqual([])
    const german = chinese.map((row) => ({ ...row, target: 'das ist ein Satz' }))
    expect(oddNumbers([bleu('bleu', '13a')], german, [])).toEqual([])
  })

  it('tells of rows that are nearly what was taught, where they are as much like one another', () => {
    const name = (i: number): string => String.fromCharCode(97 + (i % 26), 98 + (i % 25))
    const templated = Array.from({ length: 200 }, (_, i) => ({
      source: `the new restaurant at the corner of the street was visited by our whole family on day ${name(i)}`,
      target: '',
    }))
    const near = [{ rows: 43, exact: 0 }]
    expect(oddNumbers([], templated, near)).toEqual([
      expect.stringMatching(/^Rows that are nearly what was taught \(up to 43 of 200\) are no sign of a leak here: /u),
    ])
    expect(oddNumbers([], templated, [{ rows: 43, exact: 43 }])).toEqual([])
    const random = seededRandom([1])
    const unlike = templated.map(() => ({
      source: Array.from({ length: 60 }, () => String.fromCharCode(97 + random.below(26))).join(''),
      target: '',
    }))
    expect(oddNumbers([], unlike, near)).toEqual([])
  })
})
