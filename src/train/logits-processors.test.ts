import { expect, test } from 'vitest'
import { adjustScores } from './logits-processors.ts'

test('adjustScores() divides positive and multiplies negative scores of used tokens, each once', () => {
  const scores = Float32Array.of(1, 3, -2, 5)
  adjustScores(scores, [1, 2, 2], { repetitionPenalty: 2 }, 3)
  expect([...scores]).toEqual([1, 1.5, -4, 5])
})

test('adjustScores() forbids tokens that would repeat an n-gram, also where n-grams overlap', () => {
  const scores = new Float32Array(9)
  adjustScores(scores, [0, 5, 6, 5, 6, 5], { noRepeatNgramSize: 3 }, 1)
  expect([...scores.keys()].filter((id) => scores[id] === -Infinity)).toEqual([6])
  const unigrams = new Float32Array(9)
  adjustScores(unigrams, [0, 7], { noRepeatNgramSize: 1 }, 1)
  expect([...unigrams.keys()].filter((id) => unigrams[id] === -Infinity)).toEqual([0, 7])
})

test('adjustScores() forbids </s> until enough tokens are new, the start token not counted', () => {
  const early = new Float32Array(4)
  adjustScores(early, [0, 2], { minNewTokens: 2 }, 1)
  expect(early[1]).toBe(-Infinity)
  const late = new Float32Array(4)
  adjustScores(late, [0, 2, 3], { minNewTokens: 2 }, 1)
  expect(late[1]).toBe(0)
})
