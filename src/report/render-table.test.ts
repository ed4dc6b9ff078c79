import { describe, expect, it } from 'vitest'
import { csvTable, latexTable, markdownTable, tableCells } from './render-table.ts'
import type { TaskTable } from './task-table.ts'

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
        { seed: 1, scores: { exact: 0.25, macro_f1: 1 / 3 }, updates: 100, seconds: 30, evaluation: 'k1' as never },
        { seed: 2, scores: { exact: 0.35, macro_f1: 0.5 }, updates: 100, seconds: 90.5, evaluation: 'k2' as never },
      ],
      missing: [],
      mean: { exact: 0.3, macro_f1: 0.41667 },
      deviation: { exact: 0.0707, macro_f1: 0.1179 },
      updates: 100,
      minutes: 1.00416,
      baseline: undefined,
      comparison: undefined,
      paper: { exact: 0.3717 },
    },
    {
      chain: 'flan -> res',
      seeds: [],
      missing: [1, 2],
      mean: { exact: Number.NaN, macro_f1: Number.NaN },
      deviation: undefined,
      updates: Number.NaN,
      minutes: Number.NaN,
      baseline: undefined,
      comparison: undefined,
      paper: {},
    },
  ],
  differences: [],
  warnings: [],
}

describe('tableCells()', () => {
  it('has the published number beside the score that it belongs to, and dashes where nothing is finished', () => {
    expect(tableCells(table)).toEqual([
      ['chain', 'exact', 'paper', 'macro_f1', 'updates', 'minutes'],
      ['mt5 -> res(order="a, b|c")', '0.3000 ±0.0707', '0.3717', '0.4167 ±0.1179', '100', '1.00'],
      ['flan -> res', '–', '', '–', '–', '–'],
    ])
  })
})

describe('markdownTable()', () => {
  it('keeps bars inside cells', () => {
    expect(markdownTable(table).split('\n')[2]).toBe(
      '| mt5 -> res(order="a, b\\|c") | 0.3000 ±0.0707 | 0.3717 | 0.4167 ±0.1179 | 100 | 1.00 |',
    )
  })
})

describe('latexTable()', () => {
  it('writes every sign as LaTeX reads it', () => {
    expect(latexTable(table)).toBe(String.raw`% Reviews
\begin{tabular}{lrrrrr}
  \toprule
  chain & exact & paper & macro\_f1 & updates & minutes \\
  \midrule
  mt5 $\rightarrow$ res(order="a, b|c") & 0.3000 $\pm$0.0707 & 0.3717 & 0.4167 $\pm$0.1179 & 100 & 1.00 \\
  flan $\rightarrow$ res & -- &  & -- & -- & -- \\
  \bottomrule
\end{tabular}`)
  })
})

describe('csvTable()', () => {
  it('has a line for each seed with every digit and the key of its step', () => {
    expect(csvTable(table)).toBe(`task,chain,seed,exact,macro_f1,updates,seconds,evaluation
res,"mt5 -> res(order=""a, b|c"")",1,0.25,0.3333333333333333,100,30,k1
res,"mt5 -> res(order=""a, b|c"")",2,0.35,0.5,100,90.5,k2
`)
  })
})
