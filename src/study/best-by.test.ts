import { describe, expect, it } from 'vitest'
import { bestIs, decidingValue } from './best-by.ts'
import { readStudy } from './file/read-study.ts'
import { describeFault } from './file/study-fault.ts'

const study = (chain: string, more = ''): string => `study: s
starts:
  mt5: { path: ./mt5-small }
${more}
tasks:
  a2t:
    data: { file: a.csv, split: { train: 8, validation: 1, test: 1 } }
    source: abstract
    target: title
    metrics: [bleu, rouge, { metric: chrf, name: characters }]
  res:
    data: { file: r.csv, split: { validation: 0.1, test: 0.1 } }
    source: review
    labels: { column: policies, classes: [Cost, Food] }
  bare:
    data: { file: a.csv, split: { test: 1 } }
    source: abstract
    target: title
  words: { data: { file: t.csv }, spans: {} }
mixtures:
  both: { of: { a2t: 1, res: 1 } }
  texts: { of: { a2t: 1, bare: 1 } }
chains:
  - chain: ${chain}
    evaluate: [a2t]
`

/** Each fault's place and first sentence. */
function faults(text: string): string[] {
  const checked = readStudy(text, 'study.yaml')
  return 'faults' in checked ? checked.faults.map((fault) => describeFault(fault).split('\n')[0]!) : []
}

describe('stop_after', () => {
  it('is faulted where it stands when there are no rows for evaluations', () => {
    const told = (place: string, lesson: string): string =>
      `study.yaml:${place} Cannot stop "${lesson}" early by "stop_after" as its data has no validation rows: give "split" or "validation" a part of them`
    expect(faults(study('mt5 -> bare(stop_after=2)'))).toEqual([told('24:35', 'bare')])
    expect(faults(study('mt5 -> texts', 'defaults: { teach: { stop_after: 2 } }'))).toEqual([told('4:34', 'texts')])
    expect(faults(study('mt5 -> bare(stop_after=0)', 'defaults: { teach: { stop_after: 2 } }'))).toEqual([])
    expect(faults(study('mt5 -> a2t(stop_after=2, min_delta=0.1)'))).toEqual([])
  })

  it('is needed for a least difference', () => {
    expect(faults(study('mt5 -> a2t(min_delta=0.1)'))).toEqual([
      'study.yaml:24:23 Cannot use "min_delta" without "stop_after": it says what counts as better there',
    ])
  })
})

describe('best_by', () => {
  it.each(['loss', 'bleu', 'bleu-13a', 'rougeL', 'characters'])('may be %s for a task of texts', (name) => {
    expect(faults(study(`mt5 -> a2t(best_by=${name})`))).toEqual([])
  })

  it.each(['loss', 'exact', 'macro_f1', 'hamming'])('may be %s for a task with labels', (name) => {
    expect(faults(study(`mt5 -> res(best_by=${name})`))).toEqual([])
  })

  it.each(['loss', 'mean', 'a2t.bleu', 'res.samples_f1'])('may be %s for a mixture', (name) => {
    expect(faults(study(`mt5 -> both(best_by=${name})`))).toEqual([])
  })

  it('is faulted where it or "keep" stands when no rows could decide', () => {
    const told = (place: string): string =>
      `study.yaml:${place} Cannot keep the best checkpoint of "bare" by "loss" as its data has no validation rows: give "split" or "validation" a part of them, or write "keep: last"`
    expect(faults(study('mt5 -> bare(best_by=loss)'))).toEqual([told('24:32')])
    expect(faults(study('mt5 -> bare(keep=best)'))).toEqual([told('24:29')])
    expect(faults(study('mt5 -> bare', 'defaults: { teach: { keep: best } }'))).toEqual([told('4:28')])
    expect(faults(study('mt5 -> texts(best_by=loss)'))).toEqual([told('24:33').replace('"bare"', '"texts"')])
    expect(faults(study('mt5 -> bare'))).toEqual([])
    expect(faults(study('mt5 -> bare(keep=last)', 'defaults: { teach: { keep: best } }'))).toEqual([])
  })

  it('is faulted where it stands, with the nearest name', () => {
    expect(faults(study('mt5 -> a2t(best_by=rougel)'))).toEqual([
      'study.yaml:24:31 Unknown score "rougel" of "a2t": did you mean "rougeL"?',
    ])
    expect(faults(study('mt5 -> both(best_by=bleu)'))).toEqual([
      expect.stringMatching(
        /^study\.yaml:24:32 Unknown score "bleu" of "both": (did you mean|use loss, mean, a2t\.bleu)/u,
      ),
    ])
    expect(faults(study('mt5 -> res', 'defaults: { teach: { best_by: macro_f } }'))).toEqual([
      'study.yaml:4:31 Unknown score "macro_f" of "res": did you mean "macro_f1"?',
    ])
    expect(faults(`${study('mt5 -> res')}    lessons: { res: { best_by: blue } }\n`)).toEqual([
      expect.stringMatching(/^study\.yaml:26:32 Unknown score "blue" of "res": use loss, exact, macro_f1/u),
    ])
    expect(
      faults(study('mt5 -> res').replace('    source: review', '    source: review\n    teach: { best_by: f1 }')),
    ).toEqual([expect.stringMatching(/^study\.yaml:14:23 Unknown score "f1" of "res"/u)])
  })

  it('needs answers and validation rows', () => {
    expect(faults(study('mt5 -> words(best_by=bleu)'))).toEqual([
      expect.stringContaining('as span corruption has no answers to score: use "loss"'),
    ])
    expect(faults(study('mt5 -> bare(best_by=bleu)'))).toEqual([
      expect.stringContaining('Cannot keep the best checkpoint of "bare" by "bleu" as its data has no validation rows'),
    ])
    expect(faults(study('mt5 -> texts(best_by=bleu)'))).toEqual([expect.stringContaining('has no validation rows')])
    expect(faults(study('mt5 -> bare(best_by=bleu, keep=last)'))).toEqual([])
  })
})

describe('decidingValue()', () => {
  it('takes a score by name, and of a mixture the mean of a score that its tasks share', () => {
    expect(decidingValue('bleu', { bleu: 3, exact: 1 }, ['a2t'])).toBe(3)
    const scores = { 'a2t.bleu': 10, 'trans.bleu': 30, 'a2t.rougeL': 1, mean: 0.2 }
    expect(decidingValue('mean', scores, ['a2t', 'trans'])).toBe(0.2)
    expect(decidingValue('trans.bleu', scores, ['a2t', 'trans'])).toBe(30)
    expect(decidingValue('bleu', scores, ['a2t', 'trans'])).toBe(20)
    expect(decidingValue('rougeL', scores, ['a2t', 'trans'])).toBeUndefined()
  })

  it('knows of which scores less is better', () => {
    const checked = readStudy(study('mt5 -> both'), 'study.yaml')
    if ('faults' in checked) expect.fail(checked.faults.map(describeFault).join('\n'))
    const parts = ['a2t', 'res'].map((name) => ({ task: checked.study.tasks.get(name)! }))
    const best = (name: string) => bestIs({ settings: { best_by: name }, answers: { parts } })
    expect(['loss', 'bleu', 'hamming', 'res.hamming', 'mean'].map(best)).toEqual([
      'loss',
      'highest-value',
      'lowest-value',
      'lowest-value',
      'highest-value',
    ])
  })
})
