import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readStudy } from '../file/read-study.ts'
import { describeFault } from '../file/study-fault.ts'
import { Store } from '../store/store.ts'
import { rowCounts } from './estimate.ts'
import { unfairnessOf } from './fairness.ts'
import { assumedInputs } from './inputs.ts'
import { planStudy } from './plan.ts'

const paperCode = readFileSync(new URL('../../../examples/paper-code.yaml', import.meta.url), 'utf8')

function sentences(text: string, task: string): string[] {
  const checked = readStudy(text, 'study.yaml')
  if ('faults' in checked) throw new Error(checked.faults.map(describeFault).join('\n'))
  const plan = planStudy(checked.study, assumedInputs())
  return unfairnessOf(plan, { task, rows: undefined }, rowCounts(plan, new Store('/nowhere'))).map(
    ({ sentence }) => sentence,
  )
}

describe('unfairnessOf()', () => {
  it("shows the faults of the paper's code", () => {
    expect(sentences(paperCode, 'a2t')).toEqual([
      'order is shuffle for mt5 -> mixed; order is length for the others',
      'limits.source is 128 for mt5 -> mixed; limits.source is 512 for the others',
      '33750 updates in the last lesson of mt5 -> mixed; 22500 updates in the last lesson of the others',
      'Taught with no prefix and tested with the prefix "abstract to title: ": mt5 -> a2t, mt5 -> res -> a2t, mt5 -> trans -> a2t and flan -> a2t',
      'Answers to a2t end after 19 tokens, while its targets may have 128: longer ones can never be met',
    ])
    expect(sentences(paperCode, 'res')).toEqual([
      'Answers to res end after 19 tokens, while its targets may have 20: longer ones can never be met',
    ])
  })

  it('asks nothing of a start that is tested as it is', () => {
    const withStart = paperCode
      .replace(/^starts:\n/m, 'starts:\n  first: { chain: mt5 -> res(batch=2), seed: 1 }\n')
      .replace(/^chains:\n/m, 'chains:\n  - { chain: first, evaluate: [a2t] }\n')
    expect(withStart).toContain('chain: first')
    expect(sentences(withStart, 'a2t')).toEqual(sentences(paperCode, 'a2t'))
  })

  it('is silent on what the study accepts, by name', () => {
    const accepting = `${paperCode}\naccept: [order, limits.source, updates, generate]\n`
    expect(sentences(accepting, 'a2t')).toHaveLength(1)
    expect(() => sentences(`${paperCode}\naccept: [oder]\n`, 'a2t')).toThrow('did you mean "order"?')
  })

  it('takes what a label states as meant, and lists what it does not state', () => {
    const text = paperCode.replace(
      /^chains:[^#]*?^seeds: \[42\]/msu,
      `chains:
  - { chain: mt5 -> res, seeds: [1, 2, 3] }
  - mt5 -> res(learning_rate=1e-3)
  - { chain: "mt5 -> a2t -> res", lessons: { res: { dropout: 0.2 } }, name: dropped }
seeds: [42]`,
    )
    expect(text).toContain('dropped')
    expect(sentences(text, 'res').slice(0, -1)).toEqual([
      "dropout is 0.2 for dropped; dropout is the model's own for the others",
      'mt5 -> res: 3 seeds; the others: 1 seed',
    ])
  })

  it('says which rows a mixture leaves out', () => {
    const uneven = paperCode.replace('of: { a2t: 2, trans: 1 }', 'of: { a2t: 1, trans: 1 }')
    expect(sentences(uneven, 'trans')).toContain(
      'mt5 -> mixed is taught 36000 of the 54000 rows of its tasks in the last lesson',
    )
  })
})
