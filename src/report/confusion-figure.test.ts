import { expect, it } from 'vitest'
import { figureSvg } from './charts/figure-svg.ts'
import { confusionFigure } from './confusion-figure.ts'
import type { LabelTable } from './tables/label-table.ts'

const names = ['Cost & <Price>', 'Bad', '(no label)']
const chain = (label: string, counts: number[][]): LabelTable['chains'][number] => ({
  chain: label,
  seeds: 2,
  labels: [],
  names,
  confusion: counts,
})
const one = chain('a -> x', [
  [7, 3, 0],
  [0, 12345678, 0],
  [0, 0, 0],
])

it('confusionFigure() draws a panel a chain with a cell for every pair of labels', () => {
  const svg = figureSvg(confusionFigure('t', 'Reviews', { classes: names.slice(0, 2), chains: [one, one] }))
  expect(svg.match(/fill-opacity="/gu)).toHaveLength(18)
  expect(svg).toContain('fill-opacity="0.7"')
  expect(svg).toContain('Cost &amp; &lt;Price&gt;')
  expect(svg).toMatch(/>12345678</u)
  expect(svg).toContain('all seeds together')
})

it('confusionFigure() says which chains it leaves out', () => {
  const figure = confusionFigure('t', 'Reviews', { classes: [], chains: [one, one, one, one, one, one] })
  expect(figure.panels).toHaveLength(4)
  expect(figure.notes.at(-1)).toBe('2 more chains: in the CSV file.')
})
