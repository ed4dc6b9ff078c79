import { expect, test } from 'vitest'
import { adjustScores } from './logits-processors.ts'

const so = (sequence: number[]) => ({ sequence, source: [], eosIds: new Set([1]), maxLength: 20 })

test('adjustScores() divides positive and multiplies negative scores of used tokens, each once', () => {
  const scores = Float32Array.of(1, 3, -2, 5)
  adjustScores(scores, { repetitionPenalty: 2 }, so([1, 2, 2]))
  expect([...scores]).toEqual([1, 1.5, -4, 5])
})

test('adjustScores() forbids tokens that would repeat an n-gram, also where n-grams overlap', () => {
  const scores = new Float32Array(9)
  adjustScores(scores, { noRepeatNgramSize: 3 }, so([0, 5, 6, 5, 6, 5]))
  expect([...scores.keys()].filter((id) => scores[id] === -Infinity)).toEqual([6])
  const unigrams = new Float32Array(9)
  adjustScores(unigrams, { noRepeatNgramSize: 1 }, so([0, 7]))
  expect([...unigrams.keys()].filter((id) => unigrams[id] === -Infinity)).toEqual([0, 7])
})

test('adjustScores() forbids </s> until enough tokens are new, the start token not counted', () => {
  const early = new Float32Array(4)
  adjustScores(early, { minNewTokens: 2 }, so([0, 2]))
  expect(early[1]).toBe(-Infinity)
  const late = new Float32Array(4)
  adjustScores(late, { minNewTokens: 2 }, so([0, 2, 3]))
  expect(late[1]).toBe(0)
})

test('adjustScores() forbids tokens of the beginning there alone, behind a first token that is forced', () => {
  const forbidden = (options: object, sequence: number[]): number[] => {
    const scores = new Float32Array(6)
    adjustScores(scores, { suppressTokens: [5], beginSuppressTokens: [4], ...options }, so(sequence))
    return [...scores.keys()].filter((id) => scores[id] === -Infinity)
  }
  expect(forbidden({}, [0])).toEqual([4, 5])
  expect(forbidden({}, [0, 2])).toEqual([5])
  expect(forbidden({ forcedBosTokenId: 2 }, [0])).toEqual([0, 1, 3, 4, 5])
  expect(forbidden({ forcedBosTokenId: 2 }, [0, 2])).toEqual([4, 5])
  expect(forbidden({ forcedBosTokenId: 2 }, [0, 2, 3])).toEqual([5])
})

test('adjustScores() forces the last token that fits, and lets no word but the end through that is bad', () => {
  const allowed = (options: object, sequence: number[]): number[] => {
    const scores = new Float32Array(6)
    adjustScores(scores, options, { ...so(sequence), maxLength: 4 })
    return [...scores.keys()].filter((id) => scores[id]! > -Infinity)
  }
  expect(allowed({ forcedEosTokenId: 1 }, [0, 2, 3])).toEqual([1])
  expect(allowed({ forcedEosTokenId: [1, 4] }, [0, 2, 3])).toEqual([1, 4])
  expect(allowed({ forcedEosTokenId: 1 }, [0, 2])).toEqual([0, 1, 2, 3, 4, 5])
  expect(allowed({ badWordsIds: [[1], [4]] }, [0])).toEqual([0, 1, 2, 3, 5])
  expect(allowed({ badWordsIds: [[2, 3, 5]] }, [0, 2, 3])).toEqual([0, 1, 2, 3, 4])
  expect(allowed({ badWordsIds: [[2, 3, 5]] }, [0, 3, 2])).toEqual([0, 1, 2, 3, 4, 5])
})
