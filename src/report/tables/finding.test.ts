import { expect, it } from 'vitest'
import { findingOf } from './finding.ts'
import type { TableRow, TaskTable } from './task-table.ts'

it('findingOf() says in words what is no table', () => {
  expect(() => findingOf([] as never)).toThrow('"table": it must be one of the tables that taskTables() gives')
})

const row = (chain: string, exact: number, more: Partial<TableRow> = {}): TableRow => ({
  chain,
  seeds: [{ seed: 1, scores: { exact }, updates: 1, seconds: 1, evaluation: 'k' as never, lessons: [] }],
  missing: [],
  mean: { exact },
  deviation: undefined,
  interval: undefined,
  updates: 1,
  minutes: 1,
  baseline: undefined,
  comparison: undefined,
  leaked: undefined,
  health: [],
  prefixes: [],
  paper: {},
  ...more,
})

const comparison = {
  seeds: { arm: 2, baseline: 2 },
  rows: 100,
  difference: -0.25,
  standardError: 0.02,
  df: 4,
  interval: { low: -0.3, high: -0.2 },
  p: 0.001,
  uncorrected: 0.001,
  comparisons: 1,
  differs: true,
  separable: true,
  detectable: 0.1,
  needed: { seeds: undefined, rows: undefined },
  chance: { seeds: 0, rows: 0, single: 0, both: 0 },
}

const table = (rows: readonly TableRow[], lowIsBetter: boolean): TaskTable => ({
  task: 'x',
  title: 'x',
  examples: 100,
  columns: [
    { name: 'exact', metric: 'exact', field: 'exact', best: 1, signature: '', ...(lowIsBetter && { lowIsBetter }) },
  ],
  rows,
  floors: [],
  differences: [],
  warnings: [],
  notes: [],
})

it('findingOf() names the better chain by the direction of the score', () => {
  const alone = [row('a', 0.5), row('b', 0.25)]
  expect(findingOf(table(alone, false))).toMatch(/^On x \(exact\), a has the highest score, 0\.5000;/)
  expect(findingOf(table(alone, true))).toMatch(/^On x \(exact\), b has the lowest score, 0\.2500;/)
  const compared = [row('a', 0.5), row('b', 0.25, { baseline: 'a', comparison })]
  expect(findingOf(table(compared, false))).toContain('b is worse than a by 0.2500 (p = 0.001)')
  expect(findingOf(table(compared, true))).toContain('b is better than a by 0.2500 (p = 0.001)')
})

it('findingOf() names the largest difference first, in whichever direction', () => {
  const differing = (chain: string, difference: number) =>
    row(chain, 0.5, { baseline: 'a', comparison: { ...comparison, difference } })
  const rows = [row('a', 0.5), differing('b', 0.125), differing('c', -0.5), differing('d', 0.25)]
  expect([...findingOf(table(rows, false)).matchAll(/(\w) is (\w+) than a/gu)].map(([, ...words]) => words)).toEqual([
    ['c', 'worse'],
    ['d', 'better'],
    ['b', 'better'],
  ])
})

it('findingOf() names chains that are not above the floor', () => {
  const floor = { floor: 'always "none"', score: 0.25, difference: 0.01, p: 0.6, above: false }
  const rows = [
    row('a', 0.26, { floor }),
    row('b', 0.5, { floor: { ...floor, above: true } }),
    row('c', 0.2, { floor }),
  ]
  expect(findingOf(table(rows, false))).toMatch(
    /about the order\. Not shown to be above the floor \(always "none", 0\.2500\): a, c\.$/u,
  )
})
