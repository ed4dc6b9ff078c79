import { expect, test } from 'vitest'
import { extent } from '../../test/rig/run-graph.ts'
import { seededRandom } from '../base/random.ts'
import { broadcast, type Dim, product, quotient, sameShape, sum } from './dim.ts'

test('product() multiplies numbers and sorts symbols', () => {
  expect(product([2, 'S', 3, 'B'])).toBe('6*B*S')
  expect(product(['S', 'B'])).toBe(product(['B', 'S']))
  expect(product(['2*S', '3*B*S'])).toBe('6*B*S*S')
  expect(product([1, 'N'])).toBe('N')
  expect(product([4, 5])).toBe(20)
  expect(product([])).toBe(1)
  expect(product([0, 'N'])).toBe(0)
})

test('product() takes a sum as one symbol', () => {
  expect(product([3, '(B*S+1)', 'A'])).toBe('3*(B*S+1)*A')
  expect(product(['(N+1)', '(N+1)'])).toBe('(N+1)*(N+1)')
})

test('quotient() divides where it is exact', () => {
  expect(quotient('6*B*S', '2*S')).toBe('3*B')
  expect(quotient('6*B*S', 'B*S')).toBe(6)
  expect(quotient('6*B*S', '6*B*S')).toBe(1)
  expect(quotient('2*(B*S+1)', '(B*S+1)')).toBe(2)
  expect(quotient(12, 4)).toBe(3)
})

test('quotient() is undefined where it is not exact', () => {
  expect(quotient('6*B', '4')).toBeUndefined()
  expect(quotient('6*B', 'S')).toBeUndefined()
  expect(quotient('S', 'S*S')).toBeUndefined()
  expect(quotient('(B*S+1)', 'S')).toBeUndefined()
  expect(quotient(4, 0)).toBeUndefined()
})

test('sum() joins like terms and keeps one spelling', () => {
  expect(sum([1, 2, 3])).toBe(6)
  expect(sum([])).toBe(0)
  expect(sum(['N'])).toBe('N')
  expect(sum(['N', 0])).toBe('N')
  expect(sum([1, 'N'])).toBe('(N+1)')
  expect(sum(['S', 1, 'B', 2])).toBe('(B+S+3)')
  expect(sum(['N', 'N'])).toBe('2*N')
  expect(sum(['B*S', 1])).toBe('(B*S+1)')
  expect(sum([sum(['N', 1]), 'N', 2])).toBe(sum(['N', 'N', 3]))
  expect(sum(['2*(N+1)', 1])).toBe('(2*(N+1)+1)')
})

test('product(), quotient() and sum() agree with numbers on random dims', () => {
  const random = seededRandom(1)
  const symbols = { A: 2, B: 3, N: 5 }
  const draw = (depth: number): Dim => {
    const kind = random.below(depth === 0 ? 2 : 4)
    if (kind === 0) return random.below(4) + 1
    if (kind === 1) return ['A', 'B', 'N'][random.below(3)]!
    const parts = [draw(depth - 1), draw(depth - 1)]
    return kind === 2 ? product(parts) : sum(parts)
  }
  for (let round = 0; round < 500; round++) {
    const a = draw(3)
    const b = draw(3)
    const [x, y] = [extent(a, symbols), extent(b, symbols)]
    expect(extent(product([a, b]), symbols), `${a} times ${b}`).toBe(x * y)
    expect(extent(sum([a, b]), symbols), `${a} plus ${b}`).toBe(x + y)
    expect(sum([a, b])).toBe(sum([b, a]))
    expect(product([a, b])).toBe(product([b, a]))
    expect(quotient(product([a, b]), b), `${a} times ${b}, divided by ${b}`).toBe(a)
  }
})

test('broadcast() aligns on the right and stretches ones', () => {
  expect(broadcast(['N', 1, 3], ['S', 1])).toEqual(['N', 'S', 3])
  expect(broadcast([], ['N'])).toEqual(['N'])
  expect(broadcast([1], ['N', 4])).toEqual(['N', 4])
  expect(broadcast(['B*S'], ['B*S'])).toEqual(['B*S'])
})

test('broadcast() refuses extents that cannot be known to agree', () => {
  expect(() => broadcast(['N'], ['M'])).toThrow('Cannot broadcast [N] with [M]: N meets M on axis 0')
  expect(() => broadcast([2, 'N'], [3, 'N'])).toThrow('2 meets 3 on axis 0')
  expect(() => broadcast(['N'], [4])).toThrow(RangeError)
})

test('sameShape() compares rank and extents', () => {
  expect(sameShape(['N', 3], ['N', 3])).toBe(true)
  expect(sameShape(['N', 3], ['N'])).toBe(false)
  expect(sameShape(['N', 3], ['N', 1])).toBe(false)
})
