import { expect, test } from 'vitest'
import { reportData } from './data-report.ts'

const words = new Map([['words', (text: string) => text.split(' ').length + 1]])

test('reportData() counts rows, repetitions and cut texts', () => {
  const { tasks, leaks } = reportData(
    [
      {
        name: 'a2t',
        prefix: 'title: ',
        limits: { source: 5, target: 3 },
        splits: [
          {
            name: 'train',
            rows: [
              { source: 'one two three', target: 'a' },
              { source: 'one two three four', target: 'a b c' },
              { source: 'One  two three', target: 'A' },
              { source: 'one two three', target: 'b' },
              { source: ' ', target: '' },
            ],
          },
          { name: 'test', rows: [{ source: 'one two three', target: 'z' }] },
        ],
      },
    ],
    words,
  )
  expect(tasks[0]!.splits[0]).toMatchObject({
    rows: 5,
    emptySources: 1,
    emptyTargets: 1,
    duplicates: 1,
    contradictions: 1,
  })
  // "title: one two three" has 5 tokens with </s>; the double space makes one word more.
  expect(tasks[0]!.splits[0]!.lengths.words).toEqual({
    source: { min: 4, median: 5, mean: 5.2, p95: 6, max: 6, limit: 5, cut: 2 },
    target: { min: 2, median: 2, mean: 2.4, p95: 4, max: 4, limit: 3, cut: 1 },
  })
  expect(leaks).toEqual([
    expect.objectContaining({ of: { task: 'a2t', split: 'train' }, in: { task: 'a2t', split: 'test' }, exact: 3 }),
    {
      of: { task: 'a2t', split: 'test' },
      in: { task: 'a2t', split: 'train' },
      exact: 1,
      near: 0,
      share: 1,
      examples: [{ text: 'one two three', other: 'one two three', similarity: 1 }],
    },
  ])
})

test('reportData() counts labels over all splits, those that never occur as 0', () => {
  const row = (...labels: string[]) => ({ source: labels.join(), target: labels.join(), labels })
  const { tasks } = reportData(
    [
      {
        name: 'res',
        prefix: '',
        limits: { source: 9, target: 9 },
        classes: ['Cost', 'Filthy', 'BadFood'],
        splits: [
          { name: 'train', rows: [row('Cost', 'Filthy'), row()] },
          { name: 'test', rows: [row('Cost')] },
        ],
      },
    ],
    new Map(),
  )
  expect(tasks[0]!.labels).toEqual({
    byLabel: [
      { label: 'Cost', rows: 2 },
      { label: 'Filthy', rows: 1 },
      { label: 'BadFood', rows: 0 },
    ],
    byNumber: [1, 1, 1],
  })
  expect(tasks[0]!.splits[1]!.labels!.byNumber).toEqual([0, 1])
})

test('reportData() counts empty sources as such alone, neither as duplicates nor as contradictions', () => {
  const rows = ['', ' ', '\n', ''].map((source, row) => ({ source, target: row < 3 ? 'a' : 'b' }))
  const task = { name: 'a', prefix: '', limits: { source: 9, target: 9 }, splits: [{ name: 'train', rows }] }
  const [split] = reportData([task], new Map()).tasks[0]!.splits
  expect(split).toMatchObject({ rows: 4, emptySources: 4, duplicates: 0, contradictions: 0 })
})
