import { describe, expect, test } from 'vitest'
import { Fault } from '../../base/fault.ts'
import { parseWhere, rowFilter, type WhereFilter } from './where.ts'

const keeps = (where: WhereFilter, row: Record<string, unknown>): boolean => rowFilter(where).keeps(row)

describe('rowFilter()', () => {
  test.each<[WhereFilter, Record<string, unknown>, boolean]>([
    [{ a: { equals: 3 } }, { a: '3' }, true],
    [{ a: { equals: '3' } }, { a: 3 }, true],
    [{ a: { equals: [1, 2] } }, { a: 2 }, true],
    [{ a: { equals: null } }, { a: null }, true],
    [{ a: { equals: 'null' } }, { a: null }, false],
    [{ a: { equals: true } }, { a: true }, true],
    [{ a: { contains: 'cs.AI' } }, { a: 'cs.CL cs.AI' }, true],
    [{ a: { contains: 'cs' } }, { a: ['cs.AI'] }, false],
    [{ a: { contains: ['x', 'cs.AI'] } }, { a: ['cs.AI'] }, true],
    [{ a: { contains: 'x' } }, { a: null }, false],
    [{ a: { matches: '^\\p{Lu}' } }, { a: 'Été' }, true],
    [{ a: { matches: '^\\p{Lu}' } }, { a: 'été' }, false],
    [{ a: { longer: 2 } }, { a: '🙂🙂' }, false],
    [{ a: { longer: 1 } }, { a: '🙂🙂' }, true],
    [{ a: { shorter: 1 } }, { a: '' }, true],
    [{ a: { longer: 0, shorter: 3 } }, { a: ['x', 'y'] }, true],
    [{ a: { not: { contains: 'x' } } }, { a: null }, true],
    [{ a: { longer: 1, not: { contains: 'x' } } }, { a: 'xy' }, false],
    [{ 'a.b': { equals: 1 } }, { a: { b: 1 } }, true],
    [{ 'a.b': { equals: 1 } }, { 'a.b': 1, a: { b: 2 } }, true],
    [{ a: { equals: 1 }, b: { equals: 1 } }, { a: 1, b: 2 }, false],
  ])('%j on %j is %j', (where, row, kept) => {
    expect(keeps(where, row)).toBe(kept)
  })

  test('tells columns that no row had', () => {
    const filter = rowFilter({ a: { equals: 1 }, b: { not: { equals: 1 } } })
    expect(filter.unseen()).toEqual(['a', 'b'])
    expect(filter.keeps({ a: 2 })).toBe(false)
    expect(filter.unseen()).toEqual(['b'])
  })

  test('refuses a pattern that is none', () => {
    expect(() => rowFilter({ a: { matches: '(' } })).toThrow(Fault)
  })
})

describe('parseWhere()', () => {
  test('takes a bare value for equals', () => {
    expect(parseWhere({ problems: 5, b: ['x', 'y'], c: null, d: { not: 'x' } })).toEqual({
      filter: {
        problems: { equals: 5 },
        b: { equals: ['x', 'y'] },
        c: { equals: null },
        d: { not: { equals: 'x' } },
      },
      problems: [],
    })
  })

  test('reports every problem with its path', () => {
    const { problems } = parseWhere({
      a: { contians: 'x', longer: '3' },
      b: {},
      c: { not: { matches: '[' } },
      d: { contains: '' },
    })
    expect(problems.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'a.contians: Unknown test "contians": did you mean "contains"?',
      'a.longer: Expected a number of characters or items',
      'b: Expected a test (equals, contains, matches, longer, shorter, not)',
      expect.stringContaining('c.not.matches: Invalid regular expression'),
      'd.contains: Expected a text that is not empty, a number, or a list of these',
    ])
    expect(parseWhere([]).problems).toHaveLength(1)
    expect(parseWhere({}).problems).toHaveLength(1)
  })
})

test('parseWhere() refuses a filter within itself', () => {
  const test: Record<string, unknown> = {}
  test.not = test
  expect(parseWhere({ a: test }).problems).toEqual([
    { path: ['a', 'not'], message: 'Expected at most 50 tests within each other' },
  ])
})
