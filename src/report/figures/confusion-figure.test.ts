import { expect, it } from 'vitest'
import { figureSvg } from '../charts/figure-svg.ts'
import type { LabelOutcomes } from '../results/label-outcomes.ts'
import { confusionOf } from './confusion-figure.ts'

const names = ['Cost & <Price>', 'Bad', '(no label)']
const chain = (label: string, counts: number[][]): LabelOutcomes => ({
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

const request = { task: 'x', chains: ['a -> x'], title: 'Reviews' }

it('confusionOf() draws a panel a chain with a cell for every pair of labels', () => {
  const svg = figureSvg(confusionOf([one, one], request, 't'))
  expect(svg.match(/fill-opacity="/gu)).toHaveLength(18)
  expect(svg).toContain('fill-opacity="0.7"')
  expect(svg).toContain('Cost &amp; &lt;Price&gt;')
  expect(svg).toMatch(/>12345678</u)
  expect(svg).toContain('all seeds together')
})

it('confusionOf() says which chains it leaves out', () => {
  const figure = confusionOf([one, one, one, one, one, one], request, 't')
  expect(figure.panels).toHaveLength(4)
  expect(figure.notes.at(-1)).toBe('2 more chains: in the CSV file.')
})

it('confusionOf() names chains as the study prints them, and those that are not finished', () => {
  const wanted = { ...request, chains: ['a -> x', 'b -> x'] }
  const figure = confusionOf(
    [one],
    wanted,
    't',
    new Map([
      ['a -> x', 'Alone'],
      ['b -> x', 'Later'],
    ]),
  )
  expect(figure.panels[0]!.title).toBe('Alone')
  expect(figure.notes.at(-1)).toBe('Not finished yet: Later.')
  expect(figure.data.rows).toContainEqual(['x', 'a -> x', 2, names[0], names[1], 3])
  expect(confusionOf([], wanted, 't').notes).toEqual(['Not finished yet: a -> x, b -> x.'])
})
