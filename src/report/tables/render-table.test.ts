import { describe, expect, it } from 'vitest'
import {
  comparisonCells,
  csvSummary,
  csvTable,
  leakCells,
  leakLine,
  markdownTable,
  stepLines,
  tableCells,
  tableLegend,
} from './render-table.ts'
import type { TaskTable } from './task-table.ts'

/** Two chains, one of which is not finished. */
const table: TaskTable = {
  task: 'res',
  title: 'Reviews',
  examples: 191,
  columns: [
    { name: 'exact', metric: 'labels', field: 'exact', best: 1, signature: '' },
    { name: 'macro_f1', metric: 'labels', field: 'macro_f1', best: 1, signature: '' },
  ],
  rows: [
    {
      chain: 'mt5 -> res(order="a, b|c")',
      seeds: [
        {
          seed: 1,
          scores: { exact: 0.25, macro_f1: 1 / 3 },
          updates: 100,
          seconds: 30,
          evaluation: 'k1' as never,
          lessons: ['l1' as never],
        },
        {
          seed: 2,
          scores: { exact: 0.35, macro_f1: 0.5 },
          updates: 100,
          seconds: 90.5,
          evaluation: 'k2' as never,
          lessons: ['l2' as never],
        },
      ],
      missing: [],
      mean: { exact: 0.3, macro_f1: 0.41667 },
      deviation: { exact: 0.0707, macro_f1: 0.1179 },
      interval: { exact: { low: 0.15, high: 0.45 }, macro_f1: { low: 0.3, high: 0.6 } },
      leaked: {
        rows: 3,
        exact: 1,
        mean: { exact: 0.2, macro_f1: 0.35 },
        seeds: [
          { rows: 3, exact: 1, scores: { exact: 0.15, macro_f1: 0.25 } },
          { rows: 3, exact: 1, scores: { exact: 0.25, macro_f1: 0.45 } },
        ],
      },
      updates: 100,
      minutes: 1.00416,
      baseline: 'mt5 -> res',
      comparison: {
        seeds: { arm: 2, baseline: 2 },
        rows: 191,
        difference: -0.0123,
        standardError: 0.005,
        df: 3.5,
        interval: { low: -0.03, high: -0.0051 },
        p: 0.0421,
        uncorrected: 0.01403,
        comparisons: 3,
        differs: true,
        separable: true,
        detectable: 0.0251,
        needed: { seeds: 2, rows: 191 },
        chance: { seeds: 0, rows: 0, single: 0, both: 0 },
      },
      health: [],
      prefixes: [],
      paper: { exact: 0.3717 },
    },
    {
      chain: 'flan -> res',
      seeds: [],
      missing: [1, 2],
      mean: { exact: Number.NaN, macro_f1: Number.NaN },
      deviation: undefined,
      interval: undefined,
      leaked: undefined,
      updates: Number.NaN,
      minutes: Number.NaN,
      baseline: undefined,
      comparison: undefined,
      health: [],
      prefixes: [],
      paper: {},
    },
  ],
  floors: [],
  differences: [],
  warnings: [],
  notes: [],
}

describe('tableCells()', () => {
  it('tells the updates made and planned where a lesson stopped early', () => {
    const rows = table.rows.map((row, at) => (at === 0 ? { ...row, updates: 60.4, plannedUpdates: 100 } : row))
    const cells = tableCells({ ...table, rows })
    const column = cells[0]!.indexOf('updates')
    expect(cells[1]![column]).toBe('60 of 100')
    expect(tableLegend({ ...table, rows }).join()).toContain('a lesson stopped early')
    expect(tableLegend(table).join()).not.toContain('stopped early')
  })

  it('has the published number beside the score that it belongs to, and dashes where nothing is finished', () => {
    expect(tableCells(table)).toEqual([
      ['chain', 'exact', 'paper', 'macro_f1', 'updates', 'minutes'],
      ['mt5 -> res(order="a, b|c")', '0.3000 ±0.1500', '0.3717', '0.4167 ±0.1500', '100', '1.00'],
      ['flan -> res', '–', '', '–', '–', '–'],
    ])
  })

  it('gives the published numbers of a column the same decimals', () => {
    const [first, second] = table.rows
    const rows = [first!, { ...second!, paper: { exact: 0.37 } }]
    expect(tableCells({ ...table, rows }).map((cells) => cells[2])).toEqual(['paper', '0.3717', '0.3700'])
  })
})

describe('comparisonCells() and leakCells()', () => {
  it('have a row for each comparison, and for each chain whose rows were compared', () => {
    expect(comparisonCells(table).slice(1)).toEqual([
      ['mt5 -> res(order="a, b|c")', 'mt5 -> res', '-0.0123', '-0.0300 to -0.0051', '0.042', '0.0251', 'worse'],
    ])
    const low = { ...table, columns: [{ ...table.columns[0]!, lowIsBetter: true as const }] }
    expect(comparisonCells(low)[1]!.at(-1)).toBe('better')
    expect(leakCells(table)).toEqual([
      ['chain', 'leaked rows', 'exactly', 'exact', 'macro_f1'],
      ['mt5 -> res(order="a, b|c")', '3', '1', '0.2000', '0.3500'],
    ])
  })

  it('leave scores without leaks away when there are none, and say so', () => {
    const clean = table.rows.map((row) => ({ ...row, leaked: row.leaked && { ...row.leaked, rows: 0, exact: 0 } }))
    expect(leakCells({ ...table, rows: clean })).toHaveLength(1)
    expect(leakLine({ ...table, rows: clean })).toBe(
      "None of the 191 test rows is among what the chains' lessons were taught, exactly or nearly.",
    )
    expect(leakLine({ ...table, rows: table.rows.slice(1) })).toBeUndefined()
  })
})

describe('tableLegend()', () => {
  it('says what ± is', () => {
    expect(tableLegend(table)[0]).toBe(
      "Scores are means over 2 seeds; ± is half of the mean's 95 % t interval over seeds.",
    )
    const one = table.rows.map((row) => ({ ...row, seeds: row.seeds.slice(0, 1) }))
    expect(tableLegend({ ...table, rows: one })[0]).toContain('of one seed')
  })
})

describe('the rule below a table', () => {
  const rule = (more: object): string =>
    tableLegend({
      ...table,
      rows: table.rows.map((row) => ({ ...row, comparison: row.comparison && { ...row.comparison, ...more } })),
    }).at(-1)!

  it('says what better and worse mean, and how the interval belongs to p', () => {
    expect(rule({})).toContain(
      'Better or worse: p < 0.05 in one test that takes seeds and rows both as samples, corrected by Holm over 3 comparisons.',
    )
    expect(rule({})).toContain('it may leave out 0 where p is not below 0.05')
    expect(rule({ comparisons: 1 })).not.toContain('Holm')
    expect(rule({ df: undefined, separable: false })).toContain('with one seed nothing is known of another')
  })

  it('has a cell for every verdict', () => {
    const cell = (more: object, at: number): string =>
      comparisonCells({
        ...table,
        rows: table.rows.map((row) => ({ ...row, comparison: row.comparison && { ...row.comparison, ...more } })),
      })[1]![at]!
    expect(cell({ separable: false, differs: false }, 6)).toBe('not separable')
    expect(cell({ separable: false, df: undefined }, 6)).toBe('differs on these rows')
    expect(cell({ separable: false, differs: false, df: undefined }, 6)).toBe('not separable on these rows')
    expect(cell({ detectable: 1.2 }, 5)).toBe('> 1')
    expect(cell({ p: 0.04999 }, 4)).toBe('0.0499')
  })
})

describe('markdownTable()', () => {
  it('keeps bars inside cells', () => {
    expect(markdownTable(table).split('\n')[2]).toBe(
      '| mt5 -> res(order="a, b\\|c") | 0.3000 ±0.1500 | 0.3717 | 0.4167 ±0.1500 | 100 | 1.00 |',
    )
  })
})

describe('stepLines()', () => {
  it('names the folders behind each seed', () => {
    expect(stepLines(table)).toEqual([
      'mt5 -> res(order="a, b|c"), seed 1: evaluate/k1, teach/l1',
      'mt5 -> res(order="a, b|c"), seed 2: evaluate/k2, teach/l2',
    ])
    expect(markdownTable(table)).toContain('- mt5 -> res(order="a, b\\|c"), seed 1: evaluate/k1, teach/l1')
  })
})

describe('tableLegend(), of odd numbers', () => {
  it('counts seeds as numbers, and tells what is odd about the scores', () => {
    const [row] = table.rows
    const seeds = (count: number) => ({ ...row!, seeds: Array.from({ length: count }, () => row!.seeds[0]!) })
    const warnings = ['3 predicted labels are none of the task']
    const legend = tableLegend({ ...table, rows: [seeds(2), seeds(10)], warnings }).join(' ')
    expect(legend).toContain('means over 2 or 10 seeds')
    expect(legend).toContain('3 predicted labels are none of the task.')
  })

  it('says on which rows scores without leaked rows are, where there are some', () => {
    const clean = table.rows.map((one) => ({ ...one, leaked: undefined }))
    expect(tableLegend(table).join(' ')).toContain('between chains the rows may differ')
    expect(tableLegend({ ...table, rows: clean }).join(' ')).not.toContain('leaked')
  })
})

describe('names of the study', () => {
  it('stand for chains and scores where people read them', () => {
    const named = { ...table, names: { [table.rows[0]!.chain]: 'Reviews only', exact: 'All right' } }
    expect(tableCells(named).map(([chain]) => chain)).toEqual(['chain', 'Reviews only', 'flan -> res'])
    expect(tableCells(named)[0]).toContain('All right')
    expect(comparisonCells(named)[1]![0]).toBe('Reviews only')
    expect(leakCells(named)[0]).toContain('All right')
    expect(tableLegend(named).join(' ')).toContain('Differences are in All right')
    expect(csvTable(named)).toBe(csvTable(table))
  })
})

describe('csvTable()', () => {
  it('has a line for each seed with every digit and the keys of its steps', () => {
    expect(
      csvTable(table),
    ).toBe(`task,chain,seed,exact,macro_f1,leaked rows,exact without leaked rows,macro_f1 without leaked rows,updates,seconds,evaluation,lessons
res,"mt5 -> res(order=""a, b|c"")",1,0.25,0.3333333333333333,3,0.15,0.25,100,30,k1,l1
res,"mt5 -> res(order=""a, b|c"")",2,0.35,0.5,3,0.25,0.45,100,90.5,k2,l2
`)
  })
})

describe('csvSummary()', () => {
  it('has a line for each chain, and nothing where nothing is known', () => {
    const [header, first, second] = csvSummary(table).split('\n')
    expect(header).toBe(
      'task,chain,seeds,exact,exact low,exact high,macro_f1,macro_f1 low,macro_f1 high,leaked rows,exact without leaked rows,macro_f1 without leaked rows,against,difference in exact,difference low,difference high,p Holm,df,detectable,separable,updates,minutes',
    )
    expect(first).toBe(
      'res,"mt5 -> res(order=""a, b|c"")",2,0.3,0.15,0.45,0.41667,0.3,0.6,3,0.2,0.35,mt5 -> res,-0.0123,-0.03,-0.0051,0.0421,3.5,0.0251,true,100,1.00416',
    )
    expect(second).toBe('res,flan -> res,0,,,,,,,,,,,,,,,,,,,')
  })
})
