import { describe, expect, test } from 'vitest'
import { columnPaths, columnValue, fillTemplate, MissingColumn, parseTemplate, textOf, valueAt } from './column.ts'

const place = { file: 'a.jsonl', row: 3, line: 4 }

describe('valueAt()', () => {
  test('finds columns, nested values and items', () => {
    const row = {
      translation: { en: 'x', 'zh.cn': 'y' },
      'SNT.ID': 1,
      SNT: { ID: 2, N: 3 },
      answers: { text: ['a', 'b'] },
      no: null,
    }
    expect(valueAt(row, 'translation.en')).toBe('x')
    expect(valueAt(row, 'translation.zh.cn')).toBe('y')
    expect(valueAt(row, 'SNT.ID')).toBe(1)
    expect(valueAt(row, 'SNT.N')).toBe(3)
    expect(valueAt(row, 'answers.text.1')).toBe('b')
    expect(valueAt(row, 'no')).toBe(null)
    for (const missing of ['none', 'no.x', 'translation.ja', 'answers.text.2', 'constructor', 'translation.toString']) {
      expect(valueAt(row, missing)).toBe(undefined)
    }
  })
})

test('columnValue() names the nearest column', () => {
  expect(() => columnValue({ translation: { en: 1 } }, 'translation.nn', place)).toThrow(
    new MissingColumn(
      'Cannot find column "translation.nn" in row 3 of "a.jsonl" (line 4), which has "translation", "translation.en": did you mean "translation.en"?',
      'translation.nn',
    ),
  )
  expect(() => columnValue({}, 'a', place)).toThrow('which has none: name one of them')
})

test('columnPaths() lists nested columns and no items', () => {
  expect(columnPaths({ a: { b: { c: 1 } }, l: [{ x: 1 }], d: new Date(0) })).toEqual(['a', 'a.b', 'a.b.c', 'l', 'd'])
})

describe('templates', () => {
  const fill = (text: string, row: Record<string, unknown>): string => {
    const template = parseTemplate(text)
    if ('problem' in template) throw new Error(template.problem)
    return fillTemplate(template, row, place)
  }

  test('are filled with values as texts', () => {
    expect(fill('question: {q} context: {c.text}', { q: 'Why?', c: { text: 'So.' } })).toBe(
      'question: Why? context: So.',
    )
    expect(fill('{a}{b}', { a: 1, b: null })).toBe('1')
    expect(fill('{{x}} { a }', { a: ['p', 'q'] })).toBe('{x} p, q')
    expect(fill('plain', {})).toBe('plain')
    expect(() => fill('{missing}', { a: 1 })).toThrow('Cannot find column "missing"')
  })

  test('that are wrong have a problem', () => {
    expect(parseTemplate('a } b')).toEqual({
      problem: 'Cannot read template "a } b" as "}" at character 3 closes nothing: write "}}"',
    })
    for (const wrong of ['{', '{}', '{a{b}}', 'x {a']) expect(parseTemplate(wrong)).toHaveProperty('problem')
  })
})

test('textOf() writes any value', () => {
  expect([true, 2n, new Date(0), { a: 1n }, undefined, 0.5].map(textOf)).toEqual([
    'true',
    '2',
    '1970-01-01T00:00:00.000Z',
    '{"a":"1"}',
    '',
    '0.5',
  ])
})
