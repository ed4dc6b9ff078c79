import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { studyJsonSchema } from './json-schema.ts'
import { readStudy } from './read-study.ts'
import { describeFault } from './study-fault.ts'

const validate = new Ajv({ strict: false, unicodeRegExp: true }).compile(studyJsonSchema())
const example = (name: string): string => readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8')

describe('studyJsonSchema()', () => {
  it.each(['starter.yaml', 'paper.yaml'])('accepts %s, as readStudy() does', (name) => {
    const text = example(name)
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
    const checked = readStudy(text, name)
    expect('faults' in checked ? checked.faults.map(describeFault) : []).toEqual([])
  })

  it('knows the keys of each kind of figure', () => {
    const text = example('paper.yaml')
    for (const wrong of ['kind: los\n', 'kind: labels\n', 'kind: loss\n    scores: [bleu]\n']) {
      expect(validate(parse(text.replace('kind: loss\n', wrong)))).toBe(false)
    }
  })

  it.each([
    ['an unknown key', 'target: title', 'taget: title'],
    ['a wrong type', 'epochs: 12', 'epochs: ten'],
    ['a value out of range', 'batch: 16', 'batch: 0'],
    ['a name that no chain can hold', '  titles:', '  "two titles":'],
    ['an unknown metric', 'metrics: [bleu, rouge]', 'metrics: [blue]'],
    ['a start of two kinds', '{ path: ./mt5-small }', '{ path: ./mt5-small, hub: google/mt5-small }'],
  ])('refuses %s', (_, from, to) => {
    const text = example('starter.yaml')
    expect(text).toContain(from)
    expect(validate(parse(text.replace(from, to)))).toBe(false)
  })
})
