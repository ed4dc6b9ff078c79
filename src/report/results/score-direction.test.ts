import { expect, it } from 'vitest'
import type { ScoreColumn } from './arms.ts'
import { gain, goodness, goodnessName } from './score-direction.ts'

it('goodness() and gain() grow with what is better', () => {
  const bleu: Pick<ScoreColumn, 'name' | 'best' | 'lowIsBetter'> = { name: 'bleu', best: 100 }
  const hamming = { name: 'hamming', best: 1, lowIsBetter: true } as const
  expect([goodness(bleu, 30), goodness(hamming, 0.25)]).toEqual([30, 0.75])
  expect([gain(bleu, 2), gain(hamming, -0.25)]).toEqual([2, 0.25])
  expect([goodnessName(bleu), goodnessName(hamming)]).toEqual(['bleu', '1 - hamming'])
})
