import { expect, it } from 'vitest'
import { neededSentence } from './needed-sentence.ts'

const found = {
  seeds: { arm: 3, baseline: 2 },
  rows: 100,
  df: 3,
  difference: 0.1,
  needed: { seeds: 7, rows: 400 },
}
const needing = (seeds: number | undefined, rows: number | undefined, more: object = {}) =>
  neededSentence({ ...found, ...more, needed: { seeds, rows } })

it('neededSentence() counts what is needed besides what the arm with fewer seeds has', () => {
  expect(needing(7, 400)).toBe('about 5 more seeds of each or 300 more test rows would be needed to show it')
  expect(needing(3, 101)).toBe('about 1 more seed of each or 1 more test row would be needed to show it')
  // What is there already has not shown it.
  expect(needing(2, 100)).toBe('about 1 more seed of each or 1 more test row would be needed to show it')
})

it('neededSentence() gives two digits, rounded up', () => {
  expect(needing(undefined, 1334)).toContain('about 1,300 more test rows')
  expect(needing(undefined, 1401)).toContain('about 1,400 more test rows')
  expect(needing(undefined, 112)).toContain('about 12 more test rows')
  expect(needing(21, undefined)).toContain('about 19 more seeds of each')
})

it('neededSentence() says what would not be enough', () => {
  expect(needing(undefined, 400)).toMatch(/would be needed to show it \(more seeds alone would not be enough\)$/u)
  expect(needing(7, undefined)).toMatch(/^about 5 more seeds of each would .* \(more test rows alone would not be/u)
  expect(needing(undefined, undefined)).toContain('even with a hundred seeds or a hundred times the rows')
  expect(needing(7, 400, { difference: 0 })).toBe('they score alike, so that there is nothing to show')
})

it('neededSentence() takes a number from one seed for a first guess', () => {
  const one = { seeds: { arm: 1, baseline: 1 }, df: undefined }
  expect(needing(2, 400, one)).toBe('2 seeds of each would be needed, if seeds scatter as much as test rows do')
  expect(needing(9, 400, one)).toMatch(/^9 seeds of each .* \(two at least, to know how much\)$/u)
  expect(needing(undefined, 400, one)).toMatch(/^two seeds of each at least .* and more test rows besides$/u)
})

it('neededSentence() counts splits where each seed has its own', () => {
  const splits = { seeds: { arm: 5, baseline: 5 }, splits: 5 }
  expect(needing(7, undefined, splits)).toBe('about 2 more splits with a seed each would be needed to show it')
  expect(needing(5, undefined, splits)).toBe('about 1 more split with a seed each would be needed to show it')
  expect(needing(undefined, undefined, splits)).toContain('even with a hundred splits of these rows')
  expect(needing(7, undefined, { ...splits, splits: 1 })).toMatch(/^three splits at least/u)
})
