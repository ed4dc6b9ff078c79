import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { reportData } from '../../data/audit/data-report.ts'
import { dataSummaryLines } from './data-summary-lines.ts'

beforeEach(() => vi.stubEnv('COLUMNS', '80'))
afterEach(() => vi.unstubAllEnvs())

const words = (count: number, of: string): string => Array.from({ length: count }, (_, i) => `${of}${i}`).join(' ')
const rows = (count: number, of: string) =>
  Array.from({ length: count }, (_, i) => ({
    source: words(5 + i, `${of}${i}x`),
    target: words(3, of),
    labels: i % 2 ? ['甲'] : [],
  }))

it('dataSummaryLines() is a screen for two tasks with many labels and leaks', () => {
  const classes = ['甲', ...Array.from({ length: 30 }, (_, i) => `Label${i}`)]
  const task = (name: string) => ({
    name,
    prefix: '',
    limits: { source: 12, target: 20 },
    classes,
    splits: ['train', 'validation', 'test'].map((split) => ({ name: split, rows: rows(10, 'same') })),
  })
  const report = reportData([task('titles'), task('餐馆评论')], new Map([['mt5', (text) => text.split(' ').length]]))
  const lines = dataSummaryLines(report, [])
  expect(lines.length).toBeLessThan(40)
  expect(lines.slice(0, 4)).toEqual([
    '                     rows               source      target',
    'titles train           10  9, 14 of 12 (2 cut)  3, 3 of 20',
    'titles validation      10  9, 14 of 12 (2 cut)  3, 3 of 20',
    'titles test            10  9, 14 of 12 (2 cut)  3, 3 of 20',
  ])
  expect(lines[8]).toBe('No row is empty, repeated, of two targets')
  expect(lines.join('\n')).toContain('Labels of 餐馆评论: 甲 15, Label0 0')
  expect(lines.join('\n')).toContain('and 19 more; rows: 15 with 0, 15 with 1')
  expect(lines.at(-2)).toBe('and 12 more pairs of splits')
})
