import { describe, expect, it } from 'vitest'
import { corpusBleu } from './bleu.ts'
import type { MetricKind, MetricOption } from './metric.ts'
import {
  isLowBetter,
  metricByName,
  metricKind,
  metricKinds,
  possibleSuffixes,
  sharedOptions,
  variantsFor,
} from './registry.ts'

const kinds: readonly MetricKind[] = metricKinds
const make = (kind: MetricKind, options: Readonly<Record<string, unknown>>) =>
  kind.answers === 'texts' ? kind.make(options) : kind.make({ labels: ['a', 'b'], ...options })

describe('metricKinds', () => {
  it.each(kinds)('$name says of itself what its metric does', (kind) => {
    const metric = make(kind, {})
    expect(metric.name).toBe(kind.name)
    expect(kinds.filter(({ name }) => name === kind.name)).toHaveLength(1)
    const { telling = metric.fields[0]!, lowIsBetter = [] } = kind
    expect(metric.fields).toEqual(expect.arrayContaining([...kind.usual, ...lowIsBetter, telling]))
    expect(kind.usual.length).toBeGreaterThan(0)
  })

  it.each(kinds)('$name takes the defaults that it names', (kind) => {
    const named = kind.options.flatMap((option) =>
      option.default === undefined ? [] : [[option.name, option.default]],
    )
    expect(make(kind, Object.fromEntries(named)).signature).toBe(make(kind, {}).signature)
    for (const option of kind.options) {
      if (option.type === 'choice' && option.default !== undefined) expect(option.choices).toContain(option.default)
    }
  })

  it.each(kinds)('$name has every field in every score, and best or nothing for right answers', (kind) => {
    const texts = ['a river flows past the old mill', 'a lamp burns all night']
    const sets = [['a'], ['b', 'a']]
    const metric = make(kind, {})
    const scores =
      kind.answers === 'texts'
        ? kind.make({}).score(kind.make({}).statistics(texts, texts))
        : metric.score(kind.make({ labels: ['a', 'b'] }).statistics(sets, sets))
    expect(Object.keys(scores).sort()).toEqual([...metric.fields].sort())
    for (const field of kind.usual) {
      expect(scores[field]).toBeCloseTo(isLowBetter(kind.name, field) ? 0 : metric.best, 9)
    }
  })

  it('refuses options of one name that mean different things, not ones with other defaults', () => {
    const withOption = (name: string, option: MetricOption): MetricKind => ({
      ...metricKind('ter'),
      name,
      options: [option],
    })
    const one = withOption('one', {
      name: 'caseSensitive',
      type: 'switch',
      default: false,
      off: 'no',
      help: 'heed case',
    })
    const other = withOption('other', {
      name: 'caseSensitive',
      type: 'switch',
      default: true,
      off: 'no',
      help: 'heed case',
    })
    expect(sharedOptions([one, other]).map(({ kinds: having }) => having)).toEqual([[one, other]])
    const third = withOption('third', { name: 'caseSensitive', type: 'text', help: 'heed case' })
    expect(() => sharedOptions([one, third])).toThrow('The option "caseSensitive" of third is not that of one')
  })
})

describe('metricByName()', () => {
  it('hands options on', () => {
    const options = { tokenize: 'char', references: 2 } as const
    const kind = metricKind('bleu')
    if (kind.answers !== 'texts') expect.fail()
    const sums = kind.make(options).statistics(['abcd'], ['abce'], ['xbcd'])
    const found = metricByName('bleu', options).score(sums).bleu
    expect(found).toBe(corpusBleu(['abcd'], [['abce'], ['xbcd']], { tokenize: 'char' }).score)
    expect(found).toBeGreaterThan(0)
  })

  it('names the nearest metric', () => {
    expect(() => metricByName('rogue', {})).toThrow('Unknown metric "rogue": did you mean "rouge"?')
    expect(() => metricByName('constructor', {})).toThrow('Unknown metric "constructor"')
  })
})

describe('isLowBetter()', () => {
  it('is so of the hamming loss and of no other score of labels', () => {
    const { fields } = make(metricKind('labels'), {})
    expect(fields.filter((field) => isLowBetter('labels', field))).toEqual(['hamming'])
  })
})

describe('variantsFor()', () => {
  const bleu = metricKind('bleu')

  it('cuts Chinese by zh with 13a beside it, unless the tokenizer is given', () => {
    expect(variantsFor(bleu, { lowercase: true }, ['我们在岁月里', 'a'])).toEqual([
      { suffix: '', options: { lowercase: true, tokenize: 'zh' } },
      { suffix: '-13a', options: { lowercase: true, tokenize: '13a' } },
    ])
    const given = { tokenize: 'char' }
    expect(variantsFor(bleu, given, ['我们在岁月里'])).toEqual([{ suffix: '', options: given }])
    expect(possibleSuffixes(bleu, given)).toEqual([])
  })

  it.each([
    ['one Latin name in a Chinese text', ['基于 Transformers 与 GPT-4 的翻译方法比较'], true],
    ['terms in every Chinese text', ['用 Kubernetes 部署', 'PostgreSQL 数据库索引', 'SageMaker 训练指南'], true],
    ['Japanese', ['これは日本語の文章です', '東京の天気'], false],
    [
      'an English text with Chinese names',
      ['The city of 北京 is the capital and has many old parks and streets'],
      false,
    ],
    ['Korean', ['서울의 날씨는 오늘 맑습니다'], false],
    ['nothing', [''], false],
  ])('takes %s for Chinese or not', (_, texts, is) => {
    expect(variantsFor(bleu, {}, texts).length === 2).toBe(is)
  })

  it('leaves other texts and other metrics as they are', () => {
    expect(variantsFor(bleu, {}, ['a river'])).toEqual([{ suffix: '', options: {} }])
    expect(possibleSuffixes(bleu, {})).toEqual(['-13a'])
    expect(variantsFor(metricKind('chrf'), {}, ['我们在岁月里'])).toEqual([{ suffix: '', options: {} }])
    expect(possibleSuffixes(metricKind('chrf'), {})).toEqual([])
  })
})
