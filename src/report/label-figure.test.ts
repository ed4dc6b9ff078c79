import { expect, test } from 'vitest'
import { labelFigureSvg, labelFigureText } from './label-figure.ts'

const figure = {
  title: 'Labels of <res>',
  byLabel: [
    { label: 'Cost & time', rows: 4 },
    { label: 'Filthy', rows: 1 },
  ],
  byNumber: [0, 3, 1],
}

test('labelFigureText() draws bars in proportion', () => {
  expect(labelFigureText(figure, 38)).toEqual([
    'Labels of <res>',
    '',
    '(a) rows with each label',
    `  Cost & time  4 ${'█'.repeat(20)}`,
    `  Filthy       1 ${'█'.repeat(5)}`,
    '',
    '(b) labels in a row',
    '  0  0',
    `  1  3 ${'█'.repeat(30)}`,
    `  2  1 ${'█'.repeat(10)}`,
  ])
})

test('labelFigureSvg() has a bar for each value, as long as it is large, and escapes names', () => {
  const svg = labelFigureSvg(figure)
  const bars = [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"/g)].map(([, width]) => Number(width))
  expect(bars).toEqual([240, 60, 0, 240, 80])
  expect(svg).toContain('Cost &amp; time')
  expect(svg).toContain('<title>Labels of &lt;res&gt;</title>')
  expect(svg).not.toMatch(/<res>/)
})
