import { describe, expect, it } from 'vitest'
import { labelCandidates, labelLogOdds } from './label-candidates.ts'
import type { LabelSpec } from './labels.ts'

const spec: LabelSpec = {
  classes: ['Cost', 'Bad Food', 'Slow'],
  separator: '|',
  none: ['na'],
  answer: { separator: ' , ', none: 'none', lowercase: true, order: 'classes' },
}

describe('labelCandidates()', () => {
  it('gives the answer and every set that differs from it in one label', () => {
    expect(labelCandidates(['Slow', 'Cost'], spec, false).map(({ target }) => target)).toEqual([
      'cost , slow',
      'slow',
      'cost , bad food , slow',
      'cost',
    ])
    expect(labelCandidates([], spec, false).map(({ target }) => target)).toEqual(['none', 'cost', 'bad food', 'slow'])
  })

  it('gives none and every class for a single label, whatever the answer was', () => {
    const sets = labelCandidates(['Cost'], spec, true).map(({ labels }) => labels)
    expect(sets).toEqual([[], ['Cost'], ['Bad Food'], ['Slow']])
  })
})

describe('labelLogOdds()', () => {
  it('sets the answers with a label against those without', () => {
    const candidates = labelCandidates(['Cost'], spec, false)
    const likely = [0.6, 0.1, 0.2, 0.05]
    const odds = labelLogOdds(candidates, likely.map(Math.log), spec.classes)
    expect(candidates.map(({ labels }) => labels.join())).toEqual(['Cost', '', 'Cost,Bad Food', 'Cost,Slow'])
    expect(odds[0]).toBeCloseTo(Math.log((0.6 + 0.2 + 0.05) / 0.1), 12)
    expect(odds[1]).toBeCloseTo(Math.log(0.2 / (0.6 + 0.1 + 0.05)), 12)
    expect(odds[2]).toBeCloseTo(Math.log(0.05 / (0.6 + 0.1 + 0.2)), 12)
  })

  it('stays finite where an answer is out of the question', () => {
    const odds = labelLogOdds(labelCandidates([], spec, true), [-1e4, -2, -1e5, Number.NEGATIVE_INFINITY], spec.classes)
    expect(odds).toEqual([50, -50, -50])
  })
})
