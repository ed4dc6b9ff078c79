import { describe, expect, it } from 'vitest'
import { type AnsweredRow, type HealthContext, healthOf, leastAnswers } from './answer-health.ts'
import { writingOf } from './writing-systems.ts'

/** Answers without fault: every third is right, none is like another. */
const soundRow = (i: number): AnsweredRow => ({
  source: `the source number ${i} with some more words in it`,
  reference: `title ${i}`,
  prediction: i % 3 === 0 ? `title ${i}` : `heading ${i}`,
  finish: 'end',
})

const sound = (count: number): AnsweredRow[] => Array.from({ length: count }, (_, i) => soundRow(i))

/** `count` rows of which the first `changed` are not sound. */
const rows = (count: number, changed: number, change: (row: AnsweredRow, i: number) => Partial<AnsweredRow>) =>
  sound(count).map((row, i) => (i < changed ? { ...row, ...change(row, i) } : row))

const found = (given: readonly AnsweredRow[], context: Partial<HealthContext> = {}) =>
  healthOf(given, { prefix: 'title: ', ...context }).map(({ name, count, of, collapsed }) => ({
    name,
    count,
    of,
    collapsed,
  }))

describe('healthOf()', () => {
  it('finds nothing in sound answers, nor in too few', () => {
    expect(found(sound(40))).toEqual([])
    expect(found(rows(leastAnswers - 1, leastAnswers - 1, () => ({ prediction: '' })))).toEqual([])
  })

  it('finds sentinels in the text (mT5) and beside it (T5), from one in twenty', () => {
    const mt5 = (row: AnsweredRow) => ({ prediction: `<extra_id_0> ${row.prediction}` })
    expect(found(rows(40, 2, mt5))).toEqual([{ name: 'sentinels', count: 2, of: 40, collapsed: false }])
    expect(found(rows(40, 20, () => ({ sentinels: 1 })))).toEqual([
      { name: 'sentinels', count: 20, of: 40, collapsed: true },
    ])
    expect(found(rows(40, 1, mt5))).toEqual([])
    const asked = rows(40, 40, (row) => ({ ...mt5(row), reference: `<extra_id_0> ${row.reference}` }))
    expect(found(asked)).toEqual([])
  })

  it('finds empty answers from one in twenty, unless nothing was asked for', () => {
    expect(found(rows(40, 2, () => ({ prediction: ' ' })))).toEqual([
      { name: 'empty', count: 2, of: 40, collapsed: false },
    ])
    expect(found(rows(40, 1, () => ({ prediction: '' })))).toEqual([])
    expect(found(rows(40, 8, () => ({ prediction: '', reference: '' })))).toEqual([])
  })

  it('lets as many answers be empty, or copies, as references are, whichever rows they belong to', () => {
    const blank = rows(40, 20, (row, i) => (i < 10 ? { reference: '' } : { ...row, prediction: '' }))
    expect(found(blank)).toEqual([])
    const fewer = blank.map((row, i) => (i < 7 ? { ...row, reference: 'something' } : row))
    expect(found(fewer)).toEqual([{ name: 'empty', count: 10, of: 40, collapsed: false }])
    const kept = rows(40, 24, (row, i) => (i < 12 ? { reference: row.source } : { prediction: row.source }))
    expect(found(kept)).toEqual([])
    const copies = kept.map((row, i) => (i < 10 ? { ...row, reference: 'something' } : row))
    expect(found(copies)).toEqual([{ name: 'copied', count: 12, of: 40, collapsed: false }])
  })

  it('calls blanks up to the limit empty, and not cut as well', () => {
    const findings = healthOf(
      rows(40, 20, (_, i) => ({ prediction: '  ', finish: i < 5 ? 'end' : 'limit' })),
      { prefix: '' },
    )
    expect(findings.map(({ sentence }) => sentence)).toEqual([
      '20 of 40 answers are empty, 15 of them blanks up to the limit on their length',
    ])
  })

  it('finds one answer for half of the rows, unless that many references are alike', () => {
    const same = () => ({ prediction: 'the title' })
    expect(found(rows(40, 20, same))).toEqual([{ name: 'one-answer', count: 20, of: 40, collapsed: false }])
    expect(found(rows(40, 36, same))).toEqual([{ name: 'one-answer', count: 36, of: 40, collapsed: true }])
    expect(found(rows(40, 19, same))).toEqual([])
    const skewed = rows(40, 28, () => ({ prediction: 'none', reference: 'none' }))
    expect(found(skewed)).toEqual([])
    const always = skewed.map((row) => ({ ...row, prediction: 'none' }))
    expect(found(always)).toEqual([{ name: 'one-answer', count: 40, of: 40, collapsed: false }])
    const twoClasses = rows(40, 40, (_, i) => ({ prediction: 'yes', reference: i % 2 === 0 ? 'yes' : 'no' }))
    expect(found(twoClasses)).toEqual([{ name: 'one-answer', count: 40, of: 40, collapsed: true }])
  })

  it('finds a model that always answers "none", but not one that does so for all but one row', () => {
    const labelled = (none: number): AnsweredRow[] =>
      Array.from({ length: 40 }, (_, i) => ({
        source: `review ${i}`,
        reference: i % 2 === 0 ? 'cost' : 'none',
        prediction: i < none ? 'none' : 'cost',
        labels: i % 2 === 0 ? ['Cost'] : [],
        predictedLabels: i < none ? [] : ['Cost'],
        unknown: [],
      }))
    expect(found(labelled(40))).toEqual([{ name: 'always-none', count: 40, of: 40, collapsed: true }])
    expect(found(labelled(39)).map(({ name }) => name)).not.toContain('always-none')
    const rightly = labelled(40).map((row) => ({ ...row, reference: 'none', labels: [] }))
    expect(found(rightly)).toEqual([])
    const unreadable = labelled(40).map((row, i) => ({ ...row, prediction: `what ${i}`, unknown: [`what ${i}`] }))
    expect(found(unreadable)).toEqual([])
  })

  it('finds copies of the source or its beginning, spaces and signs aside, from one in five', () => {
    const whole = (row: AnsweredRow) => ({ prediction: `The  source,${row.source.slice('the source'.length)}` })
    const beginning = (row: AnsweredRow) => ({ prediction: row.source.slice(0, 28) })
    const withPrefix = (row: AnsweredRow) => ({ prediction: `title: ${row.source.slice(0, 22)}` })
    for (const copy of [whole, beginning, withPrefix]) {
      expect(found(rows(40, 8, copy)).map(({ name }) => name)).toEqual(['copied'])
      expect(found(rows(40, 7, copy))).toEqual([])
    }
    expect(found(rows(40, 40, (row) => ({ prediction: row.source.slice(0, 14) })))).not.toContainEqual(
      expect.objectContaining({ name: 'copied' }),
    )
    expect(found(rows(40, 40, (row) => ({ prediction: row.source, reference: row.source })))).toEqual([])
  })

  it('finds answers in a script that the references do not use', () => {
    const chinese = (_: AnsweredRow, i: number) => ({ reference: `标题${i}`, prediction: `题目${i}` })
    const latin = (answered: number): AnsweredRow[] =>
      rows(40, 40, chinese).map((row, i) => (i < answered ? { ...row, prediction: `heading ${i}` } : row))
    expect(found(latin(4))).toEqual([{ name: 'wrong-script', count: 4, of: 40, collapsed: false }])
    expect(found(latin(20))).toEqual([{ name: 'wrong-script', count: 20, of: 40, collapsed: true }])
    expect(found(latin(3))).toEqual([])
    // Two of its letters in five are Latin, as in names.
    expect(found(rows(40, 40, (_, i) => ({ reference: `标题${i}`, prediction: `AB 标题目${i}` })))).toEqual([])
    // A script that one in ten references uses is not wrong.
    const mixed = rows(40, 36, chinese).map((row, i) => (i < 20 ? { ...row, prediction: `heading ${i}` } : row))
    expect(found(mixed)).toEqual([])
    expect(found(rows(40, 40, (_, i) => ({ reference: `${i}`, prediction: `heading ${i}` })))).toEqual([])
  })

  it('finds answers that the limit has cut from one in ten, which is no collapse', () => {
    expect(found(rows(40, 4, () => ({ finish: 'limit' })))).toEqual([
      { name: 'cut', count: 4, of: 40, collapsed: false },
    ])
    expect(found(rows(40, 40, () => ({ finish: 'limit' })))).toMatchObject([{ collapsed: false }])
    expect(found(rows(40, 3, () => ({ finish: 'limit' })))).toEqual([])
  })

  it('finds a loss that falls while every score is nothing', () => {
    const nothing = { scores: [{ name: 'macro_f1', share: 0 }], loss: { first: 2, last: 0.5 } }
    expect(found(sound(40), nothing)).toEqual([{ name: 'no-score', count: 40, of: 40, collapsed: true }])
    const [finding] = healthOf(sound(40), {
      prefix: '',
      ...nothing,
      scores: [...nothing.scores, { name: 'ter', share: 0.004, worst: 100 }],
    })
    expect(finding!.sentence).toBe(
      'The loss fell from 2.00 to 0.500 while macro_f1 stayed at nothing, ter stayed at about 100 or more',
    )
    expect(found(sound(40), { ...nothing, loss: { first: 2, last: 1.7 } })).toEqual([])
    expect(found(sound(40), { ...nothing, scores: [{ name: 'macro_f1', share: 0.02 }] })).toEqual([])
    const { scores } = nothing
    expect(found(sound(40), { ...nothing, scores: [...scores, { name: 'exact', share: 0.3 }] })).toEqual([])
  })
})

describe('writingOf()', () => {
  it('counts letters by script', () => {
    expect([...writingOf('Ab 标题 жя カナ 12!')]).toEqual([
      ['Latin', 2],
      ['Han', 2],
      ['Cyrillic', 2],
      ['Katakana', 2],
    ])
  })
})
