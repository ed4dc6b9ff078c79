import { describe, expect, it } from 'vitest'
import { columnLines } from './column-lines.ts'
import { stylesFor } from './own-styles.ts'

const { bold } = stylesFor(true)

const table = [
  ['chain', 'macro F1', 'rows with the same source', 'updates', '95 % interval'],
  ['mt5 -> titles -> reviews', '0.91 ±0.20', '12', '22500', '+0.10 to +1.20'],
  ['mt5 -> 摘要 (!)', '–', '3', '705', ''],
]

describe('columnLines()', () => {
  it('pads by what a terminal shows, where Chinese takes two columns', () => {
    expect(
      columnLines(
        [
          ['标签', 'n'],
          ['ab', '10'],
          [bold('abc'), '9'],
        ],
        20,
      ),
    ).toEqual(['标签   n', 'ab    10', `${bold('abc')}    9`])
  })

  it('narrows the header before anything else', () => {
    expect(columnLines(table, 80)).toEqual([
      'chain                       macro F1  rows with the  updates   95 % interval',
      '                                        same source',
      'mt5 -> titles -> reviews  0.91 ±0.20             12    22500  +0.10 to +1.20',
      'mt5 -> 摘要 (!)                    –              3      705',
    ])
  })

  it('then the first column, then folds into blocks that each begin with it', () => {
    expect(columnLines(table, 65)).toEqual([
      'chain               macro F1    rows  updates   95 % interval',
      '                                with',
      '                                 the',
      '                                same',
      '                              source',
      'mt5 -> titles ->  0.91 ±0.20      12    22500  +0.10 to +1.20',
      'reviews',
      'mt5 -> 摘要 (!)            –       3      705',
    ])
    expect(columnLines(table, 40)).toEqual([
      'chain        macro F1    rows  updates',
      '                         with',
      '                          the',
      '                         same',
      '                       source',
      'mt5 ->     0.91 ±0.20      12    22500',
      'titles ->',
      'reviews',
      'mt5 ->              –       3      705',
      '摘要 (!)',
      '',
      'chain       95 % interval',
      'mt5 ->     +0.10 to +1.20',
      'titles ->',
      'reviews',
      'mt5 ->',
      '摘要 (!)',
    ])
  })

  it.each([24, 30, 40, 60, 72])('breaks no word and loses no cell at %d columns', (width) => {
    const lines = columnLines(table, width)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    const words = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '')
    const wanted = new Set(words(table.flat().join(' ')))
    expect(new Set(lines.flatMap(words))).toEqual(wanted)
  })
})
