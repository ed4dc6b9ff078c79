import { describe, expect, it } from 'vitest'
import { readStudy } from './read-study.ts'
import { describeFault } from './study-fault.ts'

const study = (tasks: string) => {
  const checked = readStudy(
    `study: s\nstarts: { mt5: { path: ./mt5-small } }\ntasks:\n${tasks}\nchains: [mt5 -> t]\n`,
    '/studies/study.yaml',
  )
  if ('faults' in checked) throw new Error(checked.faults.map(describeFault).join('\n'))
  return checked.study
}

describe('withPresets()', () => {
  it('fills a task with the paper’s words', () => {
    const { tasks, chains } = study('  t: { preset: paper/res, data: { file: r.csv } }')
    expect(tasks.get('t')).toMatchObject({
      prefix: 'multi-label classification: ',
      limits: { source: 450, target: 20 },
      generate: { max_length: 20 },
      data: { split: { train: 1143, validation: 191, test: 191 } },
      texts: { kind: 'labels', labels: { none: ['na'], answer: { separator: ' , ', order: 'row' } } },
      clean: { source: [] },
    })
    expect(chains[0]!.lessons[0]!.settings).toMatchObject({
      learning_rate: 7e-4,
      epochs: 100,
      weight_decay: 0,
      keep: 'last',
    })
  })

  it('fills a task with what the paper’s program does', () => {
    const { tasks, chains } = study('  t: { preset: paper-code/a2t, data: { file: a.jsonl } }')
    expect(tasks.get('t')).toMatchObject({ prefix: 'abstract to title: ', limits: { source: 512, target: 128 } })
    expect(chains[0]!.lessons[0]!.settings).toMatchObject({
      prefix: '',
      order: 'length',
      weight_decay: 0.01,
      evaluate_every: 1000,
      keep: 'best',
    })
    const [res] = study('  t: { preset: paper-code/res, data: { file: r.csv } }').chains
    expect(res!.lessons[0]!.settings).toMatchObject({ max_grad_norm: 0, order: 'file', best_by: 'samples_f1' })
  })

  it('lets the study say anything else, key by key', () => {
    const { tasks, chains } = study(`  t:
    preset: paper/trans
    prefix: "translate: "
    data: { file: p.tsv, split: { test: 0.5 } }
    limits: { target: 64 }
    teach: { steps: 7 }
    generate: { max_new_tokens: 40 }`)
    expect(tasks.get('t')).toMatchObject({ prefix: 'translate: ', limits: { source: 128, target: 64 } })
    expect(tasks.get('t')!.data.split).toMatchObject({ train: undefined, test: 0.5 })
    expect(tasks.get('t')!.generate).toMatchObject({ max_new_tokens: 40 })
    expect(tasks.get('t')!.generate).not.toHaveProperty('max_length')
    expect(tasks.get('t')!.metrics.map(({ name }) => name)).toEqual(['bleu', 'bleu-13a'])
    expect(chains[0]!.lessons[0]!.settings).toMatchObject({ steps: 7, learning_rate: 5e-4 })
    expect(chains[0]!.lessons[0]!.settings).not.toHaveProperty('epochs')
  })

  it('names the nearest preset for one that is not there', () => {
    expect(() => study('  t: { preset: papr/a2t, data: { file: a.csv } }')).toThrow(/did you mean "paper\/a2t"/)
  })
})
