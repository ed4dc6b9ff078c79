import { describe, expect, it } from 'vitest'
import type { FigureRequest } from '../study.ts'
import { readStudy } from './read-study.ts'
import { describeFault } from './study-fault.ts'

const head = `study: s
starts: { mt5: { path: ./mt5-small }, flan: { path: ./flan } }
tasks:
  a2t: { data: { file: a.csv, split: { train: 8, test: 1 } }, source: abstract, target: title }
  res:
    data: { file: r.csv, split: { test: 0.1 } }
    source: review
    labels: { column: policies, classes: [Cost, Food] }
mixtures: { mixed: { of: { a2t: 2, res: 1 } } }
chains: [mt5 -> a2t, mt5 -> res -> a2t, flan -> a2t, mt5 -> mixed, { chain: flan, evaluate: [res] }]
sweeps: [{ chain: mt5 -> res, learning_rate: [1e-4, 1e-3] }]
figures:
`

function figures(text: string): readonly FigureRequest[] | undefined {
  const checked = readStudy(head + text, 'study.yaml')
  if ('faults' in checked) throw new Error(checked.faults.map(describeFault).join('\n'))
  return checked.study.figures
}

function faults(text: string): string[] {
  const checked = readStudy(head + text, 'study.yaml')
  return 'faults' in checked ? checked.faults.map((fault) => describeFault(fault).split('\n')[0]!) : []
}

describe('figures:', () => {
  it('chooses chains by label, by pattern and by lesson', () => {
    const curves = (text: string): unknown => {
      const [figure] = figures(text)!
      return figure?.kind === 'loss' ? figure.curves.map(({ chain, lesson }) => `${chain} @${lesson}`) : undefined
    }
    expect(curves('- { kind: loss, chains: [flan -> a2t, "mt5 -> *", flan -> a2t] }')).toEqual([
      'flan -> a2t @0',
      'mt5 -> a2t @0',
      'mt5 -> res -> a2t @1',
      'mt5 -> mixed @0',
      'mt5 -> res(learning_rate=0.0001) @0',
      'mt5 -> res(learning_rate=0.001) @0',
    ])
    expect(curves('- { kind: loss, lesson: a2t }')).toEqual(['mt5 -> a2t @0', 'mt5 -> res -> a2t @1', 'flan -> a2t @0'])
    expect(curves('- { kind: loss, lesson: res, chains: ["*"] }')).toEqual([
      'mt5 -> res -> a2t @0',
      'mt5 -> res(learning_rate=0.0001) @0',
      'mt5 -> res(learning_rate=0.001) @0',
    ])
    expect(curves('- { kind: loss, chains: ["*res*=0.001)"] }')).toEqual(['mt5 -> res(learning_rate=0.001) @0'])
  })

  it('fills in what is left out', () => {
    expect(
      figures('- { kind: scores, task: res, chains: ["* -> res(*)"] }\n- { kind: labels, task: res, name: 1a }'),
    ).toEqual([
      {
        kind: 'scores',
        name: '1',
        title: 'Scores on res',
        task: 'res',
        chains: ['mt5 -> res(learning_rate=0.0001)', 'mt5 -> res(learning_rate=0.001)'],
        scores: ['loss', 'exact', 'macro_f1'],
        x: undefined,
      },
      { kind: 'labels', name: '1a', title: 'Labels of res', task: 'res' },
    ])
    expect(figures(' []')).toEqual([])
    const without = readStudy(head.replace('figures:\n', ''), 'study.yaml')
    expect('study' in without && without.study.figures).toBe(undefined)
  })

  it.each([
    ['- { kind: los, lesson: a2t }', '13:11 Wrong value of "figures.0.kind": found "los": did you mean "loss"?'],
    ['- { kind: pie }', 'found "pie", wanted "loss", "scores", "labels" or "confusion"'],
    ['- { lesson: a2t }', '13:3 Missing key "kind" in "figures.0": use "loss", "scores", "labels" or "confusion"'],
    ['- { kind: loss, lesson: a2t, logg: train }', '13:30 Unknown key "logg" in "figures.0": did you mean "log"?'],
    ['- { kind: loss, lesson: a2t, x: update }', 'found "update": did you mean "updates"?'],
    ['- { kind: loss, lesson: a2t, smooth: 0 }', 'found 0, wanted at least 1'],
    ['- { kind: loss }', '13:3 The figure has no chains: name "chains", or the "lesson" that they end with'],
    ['- { kind: loss, lesson: a2 }', '13:25 Unknown task "a2": did you mean "a2t"?'],
    ['- { kind: loss, chains: [mt5 -> a2] }', '13:26 Unknown chain "mt5 -> a2": did you mean "mt5 -> a2t"?'],
    ['- { kind: loss, chains: ["mt6 -> *"] }', '13:26 No chain is like "mt6 -> *"'],
    ['- { kind: loss, chains: [flan] }', 'The chain "flan" has no lesson to draw'],
    ['- { kind: loss, lesson: res, chains: [mt5 -> a2t] }', 'The chain "mt5 -> a2t" has no lesson "res" to draw'],
    ['- { kind: loss, lesson: res, chains: ["flan*"] }', 'No chain here has the lesson "res"'],
    ['- { kind: scores, task: re }', '13:25 Unknown task "re": did you mean "res"?'],
    [
      '- { kind: scores, task: res, scores: [macro_f2] }',
      '13:39 Unknown score "macro_f2" of "res": did you mean "macro_f1"?',
    ],
    ['- { kind: scores, task: res, scores: [bleu] }', 'Unknown score "bleu" of "res": it has "exact", "macro_f1"'],
    ['- { kind: scores, task: res, x: learning_rat }', 'did you mean "learning_rate"?'],
    ['- { kind: scores, task: res, chains: [mt5 -> a2t] }', 'The chain "mt5 -> a2t" is not tested on "res"'],
    ['- { kind: labels, task: a2t }', '13:25 Cannot draw the labels of "a2t" as it has none: "res" has some'],
    ['- { kind: labels, task: res }\n- { kind: labels, task: res, name: 1 }', '14:36 The figure "1" is given twice'],
    ['- { kind: labels, task: res, name: a/b }', 'wanted letters, digits, "_" and "-"'],
  ])('finds the fault in %s', (text, wanted) => {
    const found = faults(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(wanted)
  })

  it('takes no long time over any pattern', () => {
    const pattern = `${'*a'.repeat(2000)}b`
    expect(faults(`- { kind: loss, chains: ["${pattern}"] }`)).toHaveLength(1)
  })
})
