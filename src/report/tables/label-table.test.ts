import { expect, it } from 'vitest'
import { confusionCsv, type LabelTable, labelCsv, labelLine, labelMarkdown } from './label-table.ts'

const score = (label: string, f1: number, support: number) => ({ label, precision: f1, recall: f1, f1, support })
const names = ['Cost', 'Bad, cold', '(no label)']
const table: LabelTable = {
  classes: ['Cost', 'Bad, cold'],
  chains: [
    {
      chain: 'a -> x',
      seeds: 1,
      names,
      labels: [score('Cost', 0.2, 5), score('Bad, cold', 0.3, 4)],
      confusion: [
        [1, 4, 0],
        [0, 2, 2],
        [0, 0, 3],
      ],
    },
    {
      chain: 'b -> x',
      seeds: 2,
      names,
      labels: [score('Cost', 0.9, 5), score('Bad, cold', 0.5, 4)],
      confusion: [
        [9, 1, 0],
        [0, 8, 0],
        [0, 0, 6],
      ],
    },
  ],
}

it('labelLine() names the hardest labels of the chain that is best at labels', () => {
  expect(labelLine(table)).toBe(
    'Hardest labels of b -> x by F1: Bad, cold 0.50 (4 rows), Cost 0.90 (5 rows); all labels, and what was given instead: tables.md',
  )
  expect(labelLine({ ...table, chains: [] })).toBeUndefined()
})

it('labelMarkdown() folds a block a chain away, with the seeds that its counts are of', () => {
  const text = labelMarkdown(table)
  expect(text.match(/<details>/gu)).toHaveLength(2)
  expect(text).toContain('| Cost | 0.9000 | 0.9000 | 0.9000 | 5 |')
  expect(text).toContain('| Bad, cold | · | 8 | · |')
  expect(text).toContain('Test rows, 2 seeds together:')
})

it('labelCsv() and confusionCsv() have a line a label, and a line for labels that are met together', () => {
  expect(labelCsv('x', table).split('\n')[2]).toBe('x,a -> x,1,"Bad, cold",0.3,0.3,0.3,4')
  expect(confusionCsv('x', table).trimEnd().split('\n')).toHaveLength(1 + 5 + 4)
  expect(confusionCsv('x', table)).toContain('x,a -> x,1,Cost,"Bad, cold",4\n')
  expect(confusionCsv('x', table)).toContain('x,a -> x,1,(no label),(no label),3\n')
})
