import { expect, test } from 'vitest'
import { checkLines } from './check-export.ts'

test('checkLines() tells how many answers are the same, and the first that is not', () => {
  expect(checkLines({ kind: 'fp32', sources: 64, identical: 64 })).toEqual(['fp32: 64/64 identical'])
  const first = { number: 3, source: 'a "b"', expected: 'x', found: 'y', isCutOtherwise: true }
  expect(checkLines({ kind: 'q8', sources: 64, identical: 60, first })).toEqual([
    'q8: 60/64 identical; the first difference is source 3, which transformers.js cuts into other tokens:',
    '  source           "a \\"b\\""',
    '  reteach          "x"',
    '  transformers.js  "y"',
  ])
})
