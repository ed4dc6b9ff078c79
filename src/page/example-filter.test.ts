import { expect, it } from 'vitest'
import type { ExampleSet } from '../report/page/example-data.ts'
import { countOutcomes, type ExampleFilter, filterRows } from './example-filter.ts'

/** Answers 0 are right, 1 nearly, 2 wrong; the fresh chain has two seeds. */
const set: ExampleSet = {
  task: 'res',
  split: '',
  classes: ['Cost', 'Food'],
  score: { name: 'ter', lowIsBetter: true, best: 100 },
  arms: [
    { chain: 'fresh', seed: 1, given: [0, 1, 2, 0] },
    { chain: 'fresh', seed: 2, given: [0, 0, 2, 1] },
    { chain: 'taught', seed: 1, given: [0, 0, 0, 2] },
  ],
  rows: ['Ａbc café', 'two', '服务很差', 'four'].map((source, at) => ({
    source,
    reference: `ref ${at}`,
    labels: [at % 2],
    answers: [
      { text: `ref ${at}`, right: true, score: 0, labels: [at % 2] },
      { text: 'nearly', right: false, score: 0.5, labels: [0] },
      { text: 'wrong', right: false, score: 1, labels: [] },
    ],
  })),
}

const any: ExampleFilter = {
  text: '',
  label: undefined,
  first: { chain: 'taught', outcome: 'any' },
  second: { chain: 'fresh', outcome: 'any' },
  relation: 'any',
}
const found = (changed: Partial<ExampleFilter>, seed: number | undefined = 1) =>
  filterRows(set, seed, { ...any, ...changed })

it('filterRows() finds the rows where one chain is right and another wrong, with a seed or with all', () => {
  const wish = { first: { chain: 'taught', outcome: 'right' }, second: { chain: 'fresh', outcome: 'wrong' } } as const
  expect(found(wish)).toEqual([1, 2])
  expect(filterRows(set, undefined, { ...any, ...wish })).toEqual([2])
  expect(filterRows(set, undefined, { ...any, second: { chain: 'fresh', outcome: 'mixed' } })).toEqual([1, 3])
  expect(countOutcomes(set, 1, 'taught', 'fresh')).toEqual({ both: 1, onlyFirst: 2, onlySecond: 1, neither: 0 })
})

it('filterRows() finds texts whatever their case and width, in sources, references and answers that are in view', () => {
  expect(found({ text: 'aBC' })).toEqual([0])
  expect(found({ text: '服务' })).toEqual([2])
  expect(found({ text: 'REF 3' })).toEqual([3])
  expect(found({ text: 'nearly' })).toEqual([1])
  expect(filterRows(set, 2, { ...any, text: 'nearly' })).toEqual([3])
})

it('filterRows() finds labels of the row or of an answer in view', () => {
  expect(found({ label: 0 })).toEqual([0, 1, 2])
  expect(found({ label: 1 })).toEqual([1, 3])
})

it('filterRows() compares two chains, less being better where it is', () => {
  expect(found({ relation: 'same' })).toEqual([0])
  expect(found({ relation: 'differ' })).toEqual([1, 2, 3])
  expect(found({ relation: 'first better' })).toEqual([1, 2])
  expect(found({ relation: 'second better' })).toEqual([3])
})
