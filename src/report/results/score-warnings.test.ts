import { expect, it } from 'vitest'
import { scoreWarnings } from './score-warnings.ts'

it('scoreWarnings says of which chains and seeds it speaks, unless it speaks of all', () => {
  const test = (chain: string, seed: number, ...warnings: string[]) => ({ chain, seed, warnings })
  expect(
    scoreWarnings([
      test('a', 1, 'all', '3 of 9'),
      test('a', 2, 'all', '3 of 9'),
      test('a -> b', 1, 'all', '3 of 9'),
      test('a -> b', 2, '4 of 9', 'all'),
    ]),
  ).toEqual(['all', 'a, seeds 1, 2; a -> b, seed 1: 3 of 9', 'a -> b, seed 2: 4 of 9'])
  expect(scoreWarnings([test('a', 1), test('b', 1)])).toEqual([])
})
