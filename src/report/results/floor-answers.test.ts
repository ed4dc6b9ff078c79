import { describe, expect, it } from 'vitest'
import type { Metric } from '../../metrics/metric.ts'
import { metricByName } from '../../metrics/registry.ts'
import type { ScoreColumn } from './arms.ts'
import { constantAnswer, copiedSource, type FloorRow } from './floor-answers.ts'

const column = (metric: string, field: string, best = 1, more: Partial<ScoreColumn> = {}): ScoreColumn => ({
  name: field,
  metric,
  field,
  best,
  signature: '',
  ...more,
})

const classes = ['Cost', 'Food', 'Staff']
const labels = metricByName('labels', { labels: classes })
const labelled = (...sets: string[][]): FloorRow[] =>
  sets.map((set) => ({ source: 'a review', target: set.join(' , ').toLowerCase() || 'none', labels: set }))
const texts = (...targets: string[]): FloorRow[] => targets.map((target, i) => ({ source: `source ${i}`, target }))

const constantOf = (
  rows: readonly FloorRow[],
  deciding: ScoreColumn,
  metric: Metric<never>,
  part: 'train' | 'validation' | 'test' = 'train',
) => constantAnswer({ counted: { part, rows }, classes, column: deciding, metric })

describe('constantAnswer()', () => {
  const reviews = labelled([], [], [], ['Cost'], ['Cost'], ['Food', 'Cost'], ['Cost', 'Food'], ['Staff'])

  it('is the set of labels that the deciding score likes best, counted in any order', () => {
    expect(constantOf(reviews, column('labels', 'exact'), labels)!.name).toBe('always "none"')
    const twoLabels = [...reviews, ...labelled(['Food', 'Cost'], ['Cost', 'Food'])]
    expect(constantOf(twoLabels, column('labels', 'exact'), labels)!.name).toBe('always "food , cost"')
    expect(constantOf(reviews, column('labels', 'samples_f1'), labels)!.name).toBe('always "cost"')
    expect(constantOf(reviews, column('labels', 'macro_f1'), labels)!.name).toBe('always all 3 labels')
    expect(constantOf(reviews, column('labels', 'hamming', 1, { lowIsBetter: true }), labels)!.name).toBe(
      'always "none"',
    )
  })

  it('scores every row with the same answer', () => {
    const none = constantOf(reviews, column('labels', 'exact'), labels)!
    const test = labelled(['Cost'], [], ['Food'], [])
    expect(labels.score(none.statistics(labels, test))).toMatchObject({ exact: 0.5, macro_f1: 0 })
  })

  it('is a frequent text, where texts score alike the most frequent one', () => {
    const exact = metricByName('exact-match', {})
    const rows = texts('a', 'b', 'b', 'c', ' b ')
    expect(constantOf(rows, column('exact-match', 'exact-match'), exact)!.name).toBe('always "b"')
    const bleu = metricByName('bleu', {})
    const titles = texts('a study of things', 'a study of cats', 'on a study of dogs', 'words', 'numbers')
    expect(constantOf(titles, column('bleu', 'bleu', 100), bleu)!.name).toMatch(/^always "(on )?a study of /u)
    const ter = metricByName('ter', {})
    const lower = column('ter', 'ter', 100, { lowIsBetter: true })
    expect(constantOf(texts('x y z w v u t s', 'a b', 'a c', 'a d'), lower, ter)!.name).toMatch(/^always "a /u)
  })

  it('names an empty answer, long texts, and rows that are not training rows', () => {
    const exact = metricByName('exact-match', {})
    const named = (part: 'train' | 'test', ...targets: string[]) =>
      constantOf(texts(...targets), column('exact-match', 'exact-match'), exact, part)!.name
    expect(named('train', '', '', 'a')).toBe('always an empty answer')
    expect(named('train', `${'word '.repeat(20)}\n end`)).toBe('always "word word word word word word word word…"')
    expect(named('test', 'a')).toBe('always "a" (chosen on the test rows)')
    expect(constantOf([], column('exact-match', 'exact-match'), exact)).toBeUndefined()
  })

  it('takes a moment for as many rows as a study may have', () => {
    const bleu = metricByName('bleu', {})
    const many = texts(...Array.from({ length: 40_000 }, (_, i) => `the title number ${i} of a great many titles`))
    const begun = performance.now()
    const answers = constantOf(many, column('bleu', 'bleu', 100), bleu)!
    answers.statistics(bleu, many.slice(0, 10_000))
    copiedSource(many)!.statistics(bleu, many.slice(0, 10_000))
    expect(performance.now() - begun).toBeLessThan(15_000)
  })
})

describe('copiedSource()', () => {
  it('answers with the source, where targets are written in its script and are no labels', () => {
    const exact = metricByName('exact-match', {})
    const rows = [...texts('a title'), { source: 'as it is', target: 'as it is' }]
    const copy = copiedSource(rows)!
    expect(copy.name).toBe('copies the source')
    expect(Object.values(exact.score(copy.statistics(exact, rows)))).toEqual([0.5])
    expect(copiedSource(texts('标题'))).toBeUndefined()
    expect(copiedSource(labelled(['Cost']))).toBeUndefined()
    expect(copiedSource([])).toBeUndefined()
  })
})
