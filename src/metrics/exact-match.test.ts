import { expect, test } from 'vitest'
import { exactMatchMetric } from './exact-match.ts'

test('exactMatchMetric() leaves white space at both ends aside, and case where that is asked for', () => {
  const [answers, references] = [
    [' a b\n', 'a  b', 'A b', ''],
    ['a b', 'a b', 'a b', ' '],
  ]
  const rows = (options = {}) => [...exactMatchMetric(options).statistics(answers!, references!).values]
  expect(rows()).toEqual([1, 0, 0, 1])
  expect(rows({ lowercase: true })).toEqual([1, 0, 1, 1])
})

test('exactMatchMetric() is right where one of several references is met', () => {
  const metric = exactMatchMetric({ references: 2 })
  expect(metric.score(metric.statistics(['a', 'b', 'c'], ['a', 'x', 'x'], ['x', 'b', 'x'])).exact).toBeCloseTo(2 / 3)
})
