import { expect, it } from 'vitest'
import { readStudy } from '../file/read-study.ts'
import type { PreparedPair } from './prepare-task.ts'
import { judgeAnswers } from './score-answers.ts'

it('judgeAnswers() says how many answers that are no labels count as right', () => {
  const text = `study: s
starts: { t: { path: ./model } }
tasks:
  a:
    data: { file: rows.csv, split: { train: 0.8, test: 0.2 } }
    source: text
    labels: { column: label, classes: [Cost, Food] }
    metrics: [labels]
chains: [t -> a]
`
  const checked = readStudy(text, 'study.yaml')
  if ('faults' in checked) throw new Error(checked.faults.map(({ message }) => message).join('\n'))
  const task = checked.study.tasks.get('a')!
  const row = (labels: string[]): PreparedPair =>
    ({ source: 's', target: labels.join(', ') || 'none', labels }) as PreparedPair
  const warningsOf = (answers: readonly string[]): readonly string[] =>
    judgeAnswers(
      task,
      [row([]), row([]), row(['Cost'])],
      answers.map((prediction) => ({ prediction })),
    ).scored[0]!.result.warnings
  const piece = 'answers has a piece that is no label, such as "member"'
  expect(warningsOf(['member', 'none', 'Cost'])).toContain(
    `1 of 3 ${piece}; 1 of them read as no label and count as right, as their rows have none`,
  )
  expect(warningsOf(['none', 'none', 'Cost, member'])).toContain(`1 of 3 ${piece}`)
})
