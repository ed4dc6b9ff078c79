import { expect, test } from 'vitest'
import { labelCountsFigure } from '../figures/label-figure.ts'
import { barsText } from './bars-text.ts'

test('barsText() draws bars in proportion', () => {
  const counts = {
    byLabel: [
      { label: 'Cost & time', rows: 4 },
      { label: 'Filthy', rows: 1 },
    ],
    byNumber: [0, 3, 1],
  }
  expect(barsText(labelCountsFigure(counts, 'Labels of <res>', 'labels-res'), 38)).toEqual([
    'Labels of <res>',
    '',
    '(a) rows with each label',
    `  Cost & time  4 ${'█'.repeat(20)}`,
    `  Filthy       1 ${'█'.repeat(5)}`,
    '',
    '(b) rows by number of labels',
    '  0  0',
    `  1  3 ${'█'.repeat(30)}`,
    `  2  1 ${'█'.repeat(10)}`,
  ])
})
