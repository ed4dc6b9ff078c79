import { expect, test } from 'vitest'
import { BeamSearch } from './beam-search.ts'

const settings = { numBeams: 2, maxLength: 8, startId: 0, eosIds: new Set([1]) }
const probabilities = (...of: number[]): Float32Array => Float32Array.from(of, Math.log)

test('BeamSearch begins with the likeliest tokens of one beam, and follows as many beginnings', () => {
  const search = new BeamSearch(settings)
  search.advance([probabilities(0.1, 0.2, 0.4, 0.3), probabilities(0.1, 0.2, 0.4, 0.3)])
  expect(search.running.map(({ sequence, parent }) => [sequence, parent])).toEqual([
    [[0, 2], 0],
    [[0, 3], 0],
  ])
})

test('BeamSearch has beginnings to follow however many tokens end an answer', () => {
  const search = new BeamSearch({ ...settings, eosIds: new Set([1, 2, 3]) })
  const likelyEnds = probabilities(0.01, 0.3, 0.3, 0.3, 0.06, 0.03)
  search.advance([likelyEnds, likelyEnds])
  expect(search.running.map(({ sequence }) => sequence)).toEqual([
    [0, 4],
    [0, 5],
  ])
  expect(search.best(2).map(({ sequence }) => sequence)).toEqual([
    [0, 1],
    [0, 2],
  ])
})

test('BeamSearch ends with as many answers as beams where it stops early, and else goes on while a better one may come', () => {
  const once = (earlyStopping: boolean | 'never', lengthPenalty: number) => {
    const search = new BeamSearch({ ...settings, eosIds: new Set([1, 2]), earlyStopping, lengthPenalty })
    const next = probabilities(0.01, 0.3, 0.3, 0.2, 0.19)
    search.advance([next, next])
    return search.isDone
  }
  expect(once(true, 1)).toBe(true)
  // log 0.2 / 1 is worse than log 0.3 / 1.
  expect(once(false, 1)).toBe(true)
  // Over seven tokens it could be better.
  expect(once('never', 1)).toBe(false)
  expect(once('never', 0)).toBe(true)
})

test('BeamSearch says so where no token is left', () => {
  const none = new Float32Array(4).fill(Number.NEGATIVE_INFINITY)
  expect(() => new BeamSearch(settings).advance([none, none])).toThrow('no token is left')
})

test('BeamSearch fills the beams from which nothing can follow, and ends what its limit cuts', () => {
  const search = new BeamSearch({ ...settings, maxLength: 3 })
  const [only, none] = [probabilities(0, 0, 1, 0), probabilities(0, 0, 0, 0)]
  search.advance([only, none])
  expect(search.running.map(({ sequence, score }) => [sequence, score])).toEqual([
    [[0, 2], 0],
    [[0, 2], -Infinity],
  ])
  expect(search.best(1)[0]!.score).toBe(-1e9)
  search.advance([probabilities(0, 0, 0.625, 0.375), only])
  expect(search.isDone).toBe(true)
  expect(search.best(2).map(({ sequence }) => sequence)).toEqual([
    [0, 2, 2],
    [0, 2, 3],
  ])
})
